/** The bridge as an agent starts it: the command line that the agent was told, a real daemon, and what happens to both. */
import { execFile, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, onTestFinished, test } from "vitest";
import type { DaemonProcess, Home } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { STEWARD, STEWARD_ENV } from "../lifecycle/programs.ts";
import { settled, submit } from "../lifecycle/tasks.ts";
import { aTwoWayHome, said } from "../lifecycle/two-way.ts";
import type { Answer } from "./reader.ts";

const asCommand = promisify(execFile);

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** A run whose agent waits until it may go on. */
async function aRun(home: Home, daemon: DaemonProcess) {
  const go = join(home.ledger, "go");
  const taskId = await submit(daemon, `wait ${go}\nsay Done.`);
  const bridge = await eventually("the agent is told its bridge", () => {
    if (!existsSync(join(home.path, "runs/run-1/stdin.log"))) return undefined;
    const opened = said(home).find(({ method }) => method === "session/new");
    return (opened?.params as { mcpServers: Command[] } | undefined)?.mcpServers[0];
  });
  const socket = bridge.args.at(-1) ?? "";
  await eventually("its socket is there", () => existsSync(socket));
  return { taskId, bridge, socket, goOn: () => writeFileSync(go, "") };
}

async function connected({ command, args }: Command, modern = false) {
  const transport = new StdioClientTransport({ command, args: [...args], stderr: "pipe" });
  let complaints = "";
  transport.stderr?.on("data", (chunk) => {
    complaints += String(chunk);
  });
  const client = new Client({ name: "t", version: "1" }, modern ? { versionNegotiation: { mode: "auto" } } : {});
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    client,
    complaints: () => complaints,
    call: async (name: string, input: Record<string, unknown> = {}) =>
      (await client.callTool({ name, arguments: input })) as Answer,
  };
}

/** Stands between the bridge and its daemon, and may keep answers to itself. */
function between(home: Home, socket: string, keeps: (line: string) => boolean) {
  const path = join(home.path, "between");
  const pairs: Socket[] = [];
  const kept: string[] = [];
  const server = createServer((near) => {
    const far = connect(socket);
    pairs.push(near, far);
    near.on("error", () => {}).pipe(far);
    far
      .on("error", () => {})
      .on("data", (chunk) => {
        if (keeps(String(chunk))) kept.push(String(chunk));
        else near.write(chunk);
      });
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
  }).listen(path);
  onTestFinished(() => {
    server.close();
    for (const one of pairs) one.destroy();
  });
  return { path, kept };
}

test.each([
  ["with a handshake (2025-11-25)", false],
  ["without one (2026-07-28)", true],
])("an agent finds the tools for its own run, %s", async (_, modern) => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const { taskId, bridge, goOn } = await aRun(home, daemon);
  const { client, call, complaints } = await connected(bridge, modern);
  expect(client.getInstructions()).toMatch(/^You work on a task of Steward/);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["task_own", "task_report", "task_ask", "task_delegate", "task_await"]);
  expect((await call("task_own")).structuredContent).toMatchObject({ taskId, runId: "run-1" });
  expect(await call("task_get", { taskId }).catch((error: Error) => error.message)).toMatch(/no tool "task_get"/);
  expect(await call("task_report", { summary: "All is well.", value: 7 })).toMatchObject({
    structuredContent: { left: true },
  });
  goOn();
  expect(await settled(daemon, taskId)).toMatchObject({ result: { value: { summary: "All is well.", value: 7 } } });
  expect(complaints()).toBe("");
});

test("the same socket answers the command line of an agent meanwhile, with no more than its run may do", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const { taskId, bridge, socket } = await aRun(home, daemon);
  const { call } = await connected(bridge);
  const env = { PATH: process.env.PATH ?? "", ...STEWARD_ENV, STEWARD_SOCKET: socket };
  const own = await asCommand(STEWARD, ["task", "own", "--json"], { env });
  expect(JSON.parse(own.stdout)).toMatchObject({ taskId, runId: "run-1" });
  const plain = connect(socket, () => plain.write('{"jsonrpc":"2.0","id":1,"method":"task.get","params":{}}\n'));
  onTestFinished(() => void plain.destroy());
  const answer = await new Promise((resolve) => plain.once("data", resolve));
  expect(JSON.parse(String(answer))).toMatchObject({ id: 1, error: { code: -32601 } });
  expect((await call("task_own")).structuredContent).toMatchObject({ taskId });
});

test("a call whose answer dies with the daemon is answered by the next one, and was done once", async () => {
  await using home = aTwoWayHome();
  let daemon = await home.start();
  const { bridge, socket, taskId } = await aRun(home, daemon);
  let isFirst = true;
  const proxy = between(home, socket, (line) => isFirst && line.includes("task-2"));
  const { call } = await connected({ ...bridge, args: [...bridge.args.slice(0, -1), proxy.path] });
  const answer = call("task_delegate", { prompt: "say Sub-task." });
  await eventually("it is done, and its answer kept", () => proxy.kept.length === 1);
  await daemon.kill("SIGKILL");
  isFirst = false;
  daemon = await home.start();
  expect((await answer).structuredContent).toMatchObject({ taskId: "task-2" });
  const { tasks } = await daemon.call<{ tasks: { taskId: string }[] }>("task.list");
  expect(tasks.map((task) => task.taskId).sort()).toEqual([taskId, "task-2"]);
  expect((await call("task_own")).structuredContent).toMatchObject({ taskId });
});

test("a call that a stopped daemon never heard is asked of the next one; a restart is not noticed", async () => {
  await using home = aTwoWayHome();
  let daemon = await home.start();
  const { bridge, taskId } = await aRun(home, daemon);
  const { call, client } = await connected(bridge);
  await daemon.kill("SIGSTOP");
  const answers = [call("task_delegate", { prompt: "say Sub-task." }), call("task_own")];
  await daemon.kill("SIGKILL");
  daemon = await home.start();
  const [delegated, own] = await Promise.all(answers);
  expect(delegated?.structuredContent).toMatchObject({ taskId: "task-2" });
  expect(own?.structuredContent).toMatchObject({ taskId });

  await daemon.kill("SIGTERM");
  await daemon.ended;
  const meanwhile = call("task_own");
  await home.start();
  expect((await meanwhile).structuredContent).toMatchObject({ taskId });
  expect((await client.listTools()).tools).toHaveLength(5);
});

test("hostile lines cost the agent that says them nothing but an answer, and the daemon nothing", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const { bridge } = await aRun(home, daemon);
  const child = spawn(bridge.command, [...bridge.args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let heard = "";
  child.stdout.on("data", (chunk) => {
    heard += String(chunk);
  });
  const lines = [
    "mcp",
    "\u0000\u0001",
    "[[[[",
    '{"jsonrpc":"1.0","id":1,"method":"tools/call"}',
    '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":{},"_meta":[]}}',
    '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"task_own","arguments":7}}',
    '{"jsonrpc":"2.0","id":4,"method":"nothing/such"}',
    `{"jsonrpc":"2.0","id":5,"method":"x${"y".repeat(1_000_000)}"}`,
  ];
  child.stdin.write(`${lines.join("\n")}\n`);
  const answers = () =>
    heard
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { id: unknown; error?: unknown });
  await eventually("each is answered", () => heard.endsWith("\n") && answers().length === lines.length);
  expect(
    answers()
      .map(({ id }) => id)
      .sort(),
  ).toEqual([1, 2, 3, 4, 5, null, null, null]);
  expect(answers().every(({ error }) => error !== undefined)).toBe(true);

  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin.on("error", () => {}).write("z".repeat(9_000_000));
  expect(await ended).toBe(0);
  expect(answers().at(-1)).toMatchObject({ id: null, error: { message: "A line takes up to 8388608 bytes." } });
  expect(await daemon.call("ping")).toBeDefined();
});

test.each(["stdin", "stdout"] as const)("it ends with the %s of who started it", async (stream) => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const { bridge } = await aRun(home, daemon);
  const child = spawn(bridge.command, [...bridge.args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const ping = (id: number) => child.stdin.write(`{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`);
  ping(1);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  if (stream === "stdin") child.stdin.end();
  else {
    child.stdout.destroy();
    ping(2);
  }
  expect(await ended).toBe(0);
});
