import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { REFUSALS } from "../../src/core/refusal.ts";
import { operations } from "../../src/operations.ts";
import { toolsOf } from "../../src/transports/mcp/tools.ts";
import type { Refused } from "../lifecycle/client.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { STEWARD, STEWARD_ENV } from "../lifecycle/programs.ts";
import { overStdio, refusalIn } from "./reader.ts";

/** The others are for agents at their own run. */
const tools = toolsOf(operations).filter(({ forRun }) => !forRun);
const names = tools.map(({ name }) => name);

describe.each([
  ["with a handshake (2025-11-25)", { modern: false }],
  ["without one (2026-07-28)", { modern: true }],
])("steward mcp %s", (_, era) => {
  test("does a whole job: submit, wait, read what was printed", async () => {
    const home = aHome(shellAgent());
    await home.start();
    const { client, call } = await overStdio(home, [], era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);

    const submitted = await call("task_submit", { prompt: "echo made by an agent" });
    expect(submitted.structuredContent).toMatchObject({ taskId: "task-1", created: true });
    expect(JSON.parse(submitted.content[0]?.text ?? "")).toEqual(submitted.structuredContent);
    const waited = await call("task_wait", { taskId: "task-1", waitMs: 20_000 });
    expect(waited.structuredContent).toMatchObject({ state: "completed", settled: true });
    const output = await call("run_output", { runId: "run-1" });
    expect(output.structuredContent).toMatchObject({ text: "made by an agent\n" });

    const { contents } = await client.readResource({ uri: "steward://runs/run-1/output" });
    expect(contents).toMatchObject([{ mimeType: "text/plain", text: "made by an agent\n" }]);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "steward://tasks",
      "steward://runs",
      "steward://events",
      "steward://tasks/task-1",
      "steward://runs/run-1",
    ]);
  });

  test("refuses with the codes that JSON-RPC gives, and has no tool that is none", async () => {
    const home = aHome(shellAgent());
    const daemon = await home.start();
    const { client, call } = await overStdio(home, [], era);
    await call("task_submit", { prompt: "exit 0" });
    await call("task_wait", { taskId: "task-1", waitMs: 20_000 });
    const questions: [string, object][] = [
      ["task.get", { taskId: "task-99" }],
      ["task.get", {}],
      ["task.submit", { prompt: 7 }],
      ["task.submit", { prompt: "x", needs: ["nobody"] }],
      ["task.submit", { prompt: "x".repeat(1_100_000) }],
      ["task.cancel", { taskId: "task-1" }],
      ["run.output", { runId: "run-99" }],
      ["event.list", { topic: "NO" }],
    ];
    for (const [operation, input] of questions) {
      const refused = (await daemon.call(operation, input).catch((error: unknown) => error)) as Refused;
      const answer = await call(operation.replace(".", "_"), input);
      expect(answer.isError).toBe(true);
      expect(refusalIn(answer)).toMatchObject({
        code: refused.code,
        message: refused.message,
        rpc: REFUSALS[refused.code].rpc,
      });
      expect(answer.content[0]?.text).toContain(refused.message);
      expect(answer.content[0]?.text).toContain(`code: ${refused.code}`);
    }
    await expect(call("task_destroy")).rejects.toMatchObject({ code: -32602 });
    await expect(client.readResource({ uri: "steward://tasks/task-99" })).rejects.toThrow(/no task "task-99"/);
    await expect(client.readResource({ uri: "file:///etc/passwd" })).rejects.toThrow(/no resource/);
  });
});

test("every tool can be called: it answers, or refuses for a reason of its own", async () => {
  const home = aHome(shellAgent());
  await home.start();
  const { client, call } = await overStdio(home);
  // Its schemas are what answers are held against.
  await client.listTools();
  await call("task_submit", { prompt: "false", key: "a" });
  await call("task_wait", { taskId: "task-1", waitMs: 20_000 });
  const inputs: Record<string, object> = {
    task: { taskId: "task-1" },
    run: { runId: "run-1" },
    bug: { what: "It leaks." },
    project: { project: "default" },
  };
  const listing = /_(list|stats|status)$/;
  for (const { name, operation } of tools) {
    const input =
      name === "task_submit"
        ? { prompt: "true" }
        : listing.test(name)
          ? {}
          : (inputs[operation.split(".")[0] ?? ""] ?? inputs.task);
    const answer = await call(name, input);
    if (name === "task_cancel") expect(refusalIn(answer).code).toBe("conflict");
    else if (/^(workspace|sprint)\./.test(operation)) expect(refusalIn(answer).code).toBe("not_found");
    else expect(answer, name).toMatchObject({ structuredContent: expect.any(Object) });
  }
});

test("--scope read offers and does only what changes nothing", async () => {
  const home = aHome(shellAgent());
  await home.start();
  const { client, call } = await overStdio(home, ["--scope", "read"]);
  const offered = (await client.listTools()).tools;
  expect(offered.map(({ name }) => name)).toEqual(
    tools.filter(({ scope }) => scope === "read").map(({ name }) => name),
  );
  expect(offered.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
  expect(refusalIn(await call("task_submit", { prompt: "true" })).code).toBe("denied");
  expect((await call("task_stats")).structuredContent).toMatchObject({ total: 0 });
});

test("hints tell what reads, what writes and what destroys", async () => {
  const home = aHome(shellAgent());
  await home.start();
  const { client } = await overStdio(home);
  const hints = Object.fromEntries(
    (await client.listTools()).tools.map(({ name, annotations }) => [name, annotations]),
  );
  expect(hints.task_list).toMatchObject({ readOnlyHint: true, destructiveHint: false, idempotentHint: true });
  expect(hints.task_submit).toMatchObject({ readOnlyHint: false, destructiveHint: false, idempotentHint: false });
  expect(hints.task_cancel).toMatchObject({ readOnlyHint: false, destructiveHint: true, openWorldHint: false });
});

test("a named request is done once", async () => {
  const home = aHome(shellAgent());
  await home.start();
  const { call } = await overStdio(home);
  const named = { "steward/requestId": "the-one" };
  const first = await call("task_submit", { prompt: "true" }, named);
  const again = await call("task_submit", { prompt: "true" }, named);
  expect(again.structuredContent).toEqual(first.structuredContent);
  expect(refusalIn(await call("task_submit", { prompt: "false" }, named)).code).toBe("conflict");
  expect((await call("task_stats")).structuredContent).toMatchObject({ total: 1 });
});

test("a call that is cancelled stops waiting at the daemon too", async () => {
  const home = aHome(shellAgent());
  const daemon = await home.start();
  const { client, call } = await overStdio(home);
  await call("task_submit", { prompt: "sleep 60" });
  const controller = new AbortController();
  const waiting = client.callTool(
    { name: "task_wait", arguments: { taskId: "task-1", waitMs: 60_000 } },
    { signal: controller.signal },
  );
  const clients = async () => (await daemon.call<{ clients: number }>("daemon.status")).clients;
  const before = await clients();
  await eventually("it waits at the daemon", async () => (await clients()) >= 3 && before);
  const most = await clients();
  controller.abort();
  await expect(waiting).rejects.toThrow();
  await eventually("its connection is closed", async () => (await clients()) === most - 1);
});

test("news of tasks come to whoever asked for them, also after the daemon was killed and came back", async () => {
  const home = aHome(shellAgent());
  const daemon = await home.start();
  const { client, call, told } = await overStdio(home);
  await call("task_submit", { prompt: "true", notBefore: "2099-01-01T00:00:00Z", key: "later" });
  await client.subscribeResource({ uri: "steward://tasks/later" });
  await eventually("the new task is told", () => told.includes("list"));
  await daemon.kill("SIGKILL");

  const away = await call("task_get", { taskId: "task-1" });
  expect(refusalIn(away)).toMatchObject({ code: "unavailable", hint: expect.stringContaining("steward start") });
  const next = await home.start();
  told.length = 0;
  await next.call("task.cancel", { taskId: "task-1" });
  expect((await call("task_get", { taskId: "task-1" })).structuredContent).toMatchObject({ state: "cancelled" });
  await eventually("the change is told under the name that was asked for", () =>
    told.includes("steward://tasks/later"),
  );
  await client.unsubscribeResource({ uri: "steward://tasks/later" });
  await expect(client.subscribeResource({ uri: "steward://tasks/nobody" })).rejects.toThrow(/no task/);
});

test("a listener of 2026-07-28 hears what it named, and only that", async () => {
  const home = aHome(shellAgent());
  const daemon = await home.start();
  const { client, told } = await overStdio(home, [], { modern: true });
  await client.listen({ resourceSubscriptions: ["steward://tasks/task-2"] });
  await daemon.call("task.submit", { prompt: "true" });
  await daemon.call("task.submit", { prompt: "true" });
  await eventually("the change is told", () => told.length > 0);
  expect(new Set(told)).toEqual(new Set(["steward://tasks/task-2"]));
});

test("--start makes a daemon when none runs, says so on standard error, and two at once make one", async () => {
  const home = aHome(shellAgent());
  const [one, two] = await Promise.all([overStdio(home, ["--start"]), overStdio(home, ["--start"])]);
  const status = await Promise.all([one.call("daemon_status"), two.call("daemon_status")]);
  expect(status[0].structuredContent?.pid).toBe(status[1].structuredContent?.pid);
  expect(status[0].structuredContent).toMatchObject({ state: "active" });
});

test("without a daemon it still speaks, and says what to do", async () => {
  const home = aHome(shellAgent());
  const { client, call } = await overStdio(home);
  expect((await client.listTools()).tools.length).toBe(tools.length);
  expect(refusalIn(await call("task_list"))).toMatchObject({ code: "unavailable" });
});

test("it ends by itself when its input ends, and with a wrong scope at once", async () => {
  const home = aHome(shellAgent());
  const begin = (...args: string[]) =>
    spawn(STEWARD, ["mcp", "--home", home.path, ...args], {
      env: { PATH: process.env.PATH ?? "", ...STEWARD_ENV },
    });
  const child = begin();
  child.stdin.end(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "nonsense" })}\n`);
  expect(await once(child, "exit")).toEqual([0, null]);
  const wrong = begin("--scope", "admin");
  expect(await once(wrong, "exit")).toEqual([2, null]);
});

test("what is no message harms nobody: the next one is answered", async () => {
  const home = aHome(shellAgent());
  await home.start();
  const child = spawn(STEWARD, ["mcp", "--home", home.path], {
    env: { PATH: process.env.PATH ?? "", ...STEWARD_ENV },
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const initialize = {
    jsonrpc: "2.0",
    id: "one",
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  };
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x0a]);
  child.stdin.write(bytes);
  child.stdin.write('{"jsonrpc":"2.0","id":1,"meth\n[[[[\n{"jsonrpc":"2.0","id":null,"method":"ping"}\n');
  child.stdin.write(`${"[".repeat(100_000)}\n`);
  child.stdin.write(`${JSON.stringify(initialize)}\n`);
  child.stdin.write('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":{},"arguments":[]}}\n');
  child.stdin.write('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"task_stats"}}\n');
  await eventually("the good call is answered", () => said.includes('"id":3'));
  const answers = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.find(({ id }) => id === 3).result.structuredContent).toMatchObject({ total: 0 });
  expect(answers.find(({ id }) => id === 2).error.code).toBe(-32602);
  expect(answers.filter(({ error }) => error?.code === -32700).length).toBeGreaterThanOrEqual(4);
  child.stdin.end();
  await once(child, "exit");
});
