/** The typed client against a real daemon: over restarts, at its own pace, with the daemon's own "no". */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { connect, type EventWatchItem, type Gap, type Steward } from "../../src/client/client.ts";
import { aHome, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";

async function someTasks(steward: Steward, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, n) => steward.task.submit({ prompt: "true", key: `key-${n}` }));
  await Promise.all(all);
}

test("what it may be asked is typed, what it answers too, and its no has code, hint and retry", async () => {
  await using home = aHome(shellAgent());
  await home.start();
  await using steward = await connect({ home: home.path });
  const { taskId } = await steward.task.submit({ prompt: "echo hello" });
  const done = await steward.task.wait({ taskId });
  expect(done).toMatchObject({ settled: true, state: "completed", result: { value: "hello\n" } });
  expect((await steward.task.stats()).completed).toBe(1);
  expect(await steward.ping()).toMatchObject({ pong: true });
  await expect(steward.task.get({ taskId: "task-99" })).rejects.toMatchObject({
    name: "StewardRefusal",
    code: "not_found",
    retry: "no",
    hint: expect.stringContaining("steward task list"),
    data: { taskId: "task-99" },
  });
  await expect(steward.call("task.gte")).rejects.toMatchObject({ name: "StewardBug" });
});

test("the example of docs/client.md runs as it is written, and ends", async () => {
  await using home = aHome(shellAgent());
  await home.start();
  const docs = readFileSync(join(import.meta.dirname, "../../docs/client.md"), "utf8");
  const [, example = ""] = /```js\n([\s\S]*?)```/.exec(docs) ?? [];
  const client = join(import.meta.dirname, "../../src/client/client.ts");
  const file = join(home.path, "example.mjs");
  writeFileSync(file, example.replace('"steward/client"', JSON.stringify(client)));
  const env = { ...process.env, STEWARD_HOME: home.path };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
  expect(stdout).toMatch(/^completed hello\n\nhello\n/);
  expect(stdout).toContain("task.completed task-1\n");
  expect(stdout).toContain("task-9999");
});

test("where no daemon is, connecting says so and how to start one", async () => {
  await using home = aHome();
  await expect(connect({ home: home.path })).rejects.toMatchObject({
    name: "StewardUnreachable",
    reason: "no_daemon",
    hint: expect.stringContaining("steward start"),
  });
});

test("a request under one id is done once; each write without one has its own", async () => {
  await using home = aHome(shellAgent());
  await home.start({ args: ["--standby"] });
  await using steward = await connect({ home: home.path });
  const ask = (requestId?: string) => steward.task.submit({ prompt: "true" }, { requestId });
  const [first, again] = [await ask("one"), await ask("one")];
  expect(again.taskId).toBe(first.taskId);
  expect((await ask()).taskId).not.toBe((await ask()).taskId);
  expect((await steward.task.stats()).total).toBe(3);
});

test("calls in flight while the daemon is killed and another one starts are all done, and each once", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await using steward = await connect({ home: home.path, retries: 8 });
  let open = 300;
  const asked = Promise.all(
    Array.from({ length: open }, () => steward.task.submit({ prompt: "true" }).finally(() => (open -= 1))),
  );
  await eventually("some are answered", () => open < 250);
  await daemon.kill("SIGKILL");
  await home.start({ args: ["--standby"] });
  const ids = (await asked).map(({ taskId }) => taskId);
  expect(new Set(ids).size).toBe(300);
  expect((await steward.task.stats()).total).toBe(300);
});

test("events are watched over a restart without one twice and without one missing", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await using steward = await connect({ home: home.path });
  await someTasks(steward, 20);
  const seen: EventWatchItem[] = [];
  const enough = new AbortController();
  const watching = (async () => {
    const events = steward.event.watch({ after: 0, topic: "task.*" }, { reconnect: true, signal: enough.signal });
    for await (const event of events) {
      seen.push(event);
      if (seen.length === 40) return;
    }
  })();
  await eventually("the first are seen", () => seen.length === 20);
  await daemon.kill("SIGTERM");
  await daemon.ended;
  await home.start({ args: ["--standby"] });
  for (let n = 0; n < 20; n++) await steward.task.submit({ prompt: "true" });
  await watching;
  expect(seen.map(({ taskId }) => taskId)).toEqual(Array.from({ length: 40 }, (_, n) => `task-${n + 1}`));
  expect(seen.map(({ number }) => number)).toEqual(seen.map(({ number }) => number).toSorted((a, b) => a - b));
});

test("a stream that is not to reconnect says where it broke off, also when the daemon stops in good order", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await using steward = await connect({ home: home.path });
  await someTasks(steward, 3);
  const events = steward.event.watch({ after: 0 });
  await events.next();
  await daemon.kill("SIGTERM");
  const rest = (async () => {
    for await (const _ of events);
  })();
  await expect(rest).rejects.toMatchObject({ reason: "lost", next: expect.any(Number) });
  await daemon.ended;
});

test("a reader that stops reading lets its stream go, and one that is aborted hears its own reason", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await using steward = await connect({ home: home.path });
  await someTasks(steward, 2);
  for await (const event of steward.event.watch({ after: 0 })) {
    expect(event.number).toBeGreaterThan(0);
    break;
  }
  const why = new AbortController();
  const waiting = steward.event.watch({}, { signal: why.signal }).next();
  why.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await eventually("only our own connection is left", async () => (await steward.daemon.status()).clients === 1);
  expect(daemon.process.exitCode).toBeNull();
});

test("what a run prints is followed to its end", async () => {
  await using home = aHome(shellAgent());
  await home.start();
  await using steward = await connect({ home: home.path });
  const go = join(home.ledger, "go");
  const prompt = `echo one; until [ -e ${go} ]; do sleep 0.02; done; echo two`;
  const { taskId } = await steward.task.submit({ prompt });
  const run = await eventually("it runs", async () => (await steward.task.get({ taskId })).runs[0]);
  let text = "";
  for await (const part of steward.run.output.stream({ runId: run.runId })) {
    text += part.text;
    if (text === "one\n") writeFileSync(go, "");
  }
  expect(text).toBe("one\ntwo\n");
  expect((await steward.run.output({ runId: run.runId, from: 4 })).text).toBe("two\n");
});

test("events that are no longer kept are a gap that the reader hears of", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await using steward = await connect({ home: home.path });
  await someTasks(steward, 5);
  await daemon.kill("SIGTERM");
  await daemon.ended;
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(home.paths.database);
  database.exec("DELETE FROM event WHERE id < (SELECT max(id) FROM event)");
  database.close();
  await home.start({ args: ["--standby"] });
  const gaps: Gap[] = [];
  for await (const event of steward.event.watch({ after: 1 }, { onGap: (gap) => gaps.push(gap) })) {
    expect(gaps).toEqual([{ after: 1, next: event.number - 1 }]);
    break;
  }
  expect(gaps).toHaveLength(1);
});

test("a client that is closed gives up what waits, and asks nothing more", async () => {
  await using home = aHome(shellAgent());
  await home.start({ args: ["--standby"] });
  const steward = await connect({ home: home.path });
  const { taskId } = await steward.task.submit({ prompt: "true" });
  const waiting = expect(steward.task.wait({ taskId, waitMs: 60_000 })).rejects.toMatchObject({ reason: "closed" });
  const watching = expect(steward.event.watch().next()).rejects.toMatchObject({ reason: "closed" });
  await steward.close();
  await Promise.all([waiting, watching]);
  await expect(steward.ping()).rejects.toMatchObject({ reason: "closed" });
});

test("over HTTP it says what it says over the socket, and streams until the daemon stops", async () => {
  await using home = aHome({ ...shellAgent(), http: { port: 0 } });
  const daemon = await home.start({ args: ["--standby"] });
  const token = readFileSync(home.paths.token, "utf8").trim();
  const { addresses } = await (await connect({ home: home.path })).daemon.status();
  const url = addresses.find((address) => address.startsWith("http://")) ?? "";
  await expect(connect({ url, token: "another" })).rejects.toMatchObject({ code: "unauthenticated" });
  await using steward = await connect({ url, token });
  await someTasks(steward, 3);
  const { tasks } = await steward.task.list({ state: "queued", limit: 2 });
  expect(tasks).toHaveLength(2);
  await expect(steward.task.get({ taskId: "task-99" })).rejects.toMatchObject({
    code: "not_found",
    hint: expect.stringContaining("steward task list"),
    data: { taskId: "task-99" },
  });
  const seen: number[] = [];
  for await (const { number } of steward.event.watch({ after: 0 }, { timeoutMs: 5_000 }))
    if (seen.push(number) === 3) break;
  expect(seen).toEqual([1, 2, 3]);
  const broken = steward.event.watch({ after: 0 });
  await broken.next();
  await daemon.kill("SIGTERM");
  const rest = (async () => {
    for await (const _ of broken);
  })();
  await expect(rest).rejects.toMatchObject({ reason: "lost", next: expect.any(Number) });
  await daemon.ended;
});
