/** AIWG's clients find the daemon they know: its methods, shapes and numbers, on a socket of their own. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AiwgClient, aiwgClient } from "./aiwg-client.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { says, settled } from "./tasks.ts";

let home: Home;
let daemon: DaemonProcess;
let aiwg: AiwgClient;

beforeAll(async () => {
  home = aHome({ ...shellAgent({ role: { wipLimit: 2 } }), compat: { aiwgSocket: "aiwg.sock" } });
  daemon = await home.start();
  aiwg = aiwgClient(join(home.path, "aiwg.sock"));
});

afterAll(async () => {
  aiwg.close();
  await home[Symbol.asyncDispose]();
});

/** As AIWG's documentation has it. */
const TASK_FIELDS = [
  ...["agent", "completedAt", "createdAt", "error", "id", "metadata", "output", "pid", "priority", "prompt", "result"],
  ...["startedAt", "state"],
];

test("ping and status answer in AIWG's shape", async () => {
  expect(await aiwg.call("ping")).toEqual({ pong: true, timestamp: expect.any(Number) });
  expect(await aiwg.call("daemon.status")).toMatchObject({
    pid: daemon.process.pid,
    uptime_seconds: expect.any(Number),
    started_at: expect.stringMatching(/Z$/),
    health: "healthy",
    subsystems: { ipc: { clients: expect.any(Number) }, supervisor: { maxConcurrency: 8 } },
  });
});

test("a task is submitted, got and listed as a bare array, whole", async () => {
  const submitted = await aiwg.call<{ taskId: string; state: string }>("task.submit", {
    prompt: "echo hello",
    priority: 3,
  });
  expect(submitted).toEqual({
    taskId: expect.stringMatching(/^task-/),
    state: expect.stringMatching(/queued|running/),
  });
  await settled(daemon, submitted.taskId);
  const task = await aiwg.call("task.get", { taskId: submitted.taskId });
  expect(Object.keys(task).sort()).toEqual(TASK_FIELDS);
  expect(task).toMatchObject({
    prompt: "echo hello",
    priority: 3,
    state: "completed",
    result: "hello\n",
    error: null,
    pid: null,
  });
  const list = await aiwg.call<{ id: string }[]>("task.list", { limit: 5 });
  expect(list).toContainEqual(task);
});

test("a failed task says why, and one that runs has its pid", async () => {
  const { taskId } = await aiwg.call<{ taskId: string }>("task.submit", { prompt: "exit 3" });
  await settled(daemon, taskId);
  expect(await aiwg.call("task.get", { taskId })).toMatchObject({ state: "failed", error: "exit 3", result: null });
  const running = await aiwg.call<{ taskId: string }>("chat.send", { message: "echo ready; exec sleep 60" });
  expect(running).toEqual({ taskId: expect.any(String) });
  await says(daemon, running.taskId, "ready");
  expect(await aiwg.call("task.get", running)).toMatchObject({
    state: "running",
    priority: 5,
    metadata: { source: "ipc-chat" },
    pid: expect.any(Number),
  });
  expect(await aiwg.call("task.cancel", running)).toEqual({ cancelled: true });
  await settled(daemon, running.taskId);
  expect(await aiwg.call("task.cancel", { taskId: running.taskId })).toEqual({ cancelled: true });
  expect(await aiwg.call("task.cancel", { taskId })).toEqual({ cancelled: false });
  expect(await aiwg.call("task.cancel", { taskId: "task-9999" })).toEqual({ cancelled: false });
});

test("everything that waits is queued there: in a list, in the counts", async () => {
  await daemon.call("task.submit", { prompt: "true", notBefore: "2099-01-01T00:00:00Z", key: "later" });
  await daemon.call("task.submit", { prompt: "true", needs: ["later"], key: "after-that" });
  const queued = await aiwg.call<{ state: string }[]>("task.list", { state: "queued" });
  expect(queued).toHaveLength(2);
  expect(new Set(queued.map(({ state }) => state))).toEqual(new Set(["queued"]));
  const stats = await aiwg.call("task.stats");
  expect(Object.keys(stats)).toEqual(["total", "queued", "running", "completed", "failed", "cancelled"]);
  expect(stats).toMatchObject({ queued: 2, running: 0 });
});

test.each([
  ["task.submit", {}, -32602, "Missing required parameter: prompt"],
  ["task.cancel", {}, -32602, "Missing required parameter: taskId"],
  ["task.get", {}, -32602, "Missing required parameter: taskId"],
  ["task.get", { taskId: "task-9999" }, -32602, "Task not found: task-9999"],
  ["chat.send", {}, -32602, "Missing required parameter: message"],
  ["task.submit", { prompt: 123 }, -32602, "prompt"],
  ["task.explain", { taskId: "task-1" }, -32601, "task.explain"],
  ["event.watch", {}, -32601, "event.watch"],
])("%s with %j is refused as AIWG does it: %i", async (method, params, number, words) => {
  await expect(aiwg.call(method, params)).rejects.toMatchObject({ number, message: expect.stringContaining(words) });
});

test("without the setting there is no such socket", async () => {
  await using other = aHome(shellAgent());
  await other.launch();
  expect(existsSync(join(other.path, "aiwg.sock"))).toBe(false);
});

test("a second socket never takes the place of a file: the start is refused, and the file is as it was", async () => {
  await using other = aHome({ ...shellAgent(), compat: { aiwgSocket: "precious.txt" } });
  const file = join(other.path, "precious.txt");
  writeFileSync(file, "years of work");
  const { report, ended } = await other.launch();
  expect(report).toMatchObject({ ready: false, code: "configuration", message: expect.stringContaining(file) });
  await ended;
  expect(readFileSync(file, "utf8")).toBe("years of work");
});
