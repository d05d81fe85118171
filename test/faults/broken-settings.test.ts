/** The settings file is broken, emptied, taken or made smaller while agents run: the last good one holds, and what runs is not touched. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { done, look, says, settled, submit } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const good = shellAgent();
const text = JSON.stringify(good);
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** Thirty files that are no settings, each in its own way. */
const BROKEN: readonly string[] = [
  "{",
  "}",
  "[]",
  "null",
  "17",
  '"text"',
  "\0",
  "\ufeff{",
  "{,}",
  '{"agents"}',
  '{"agents":}',
  text.slice(0, -1),
  text.slice(0, text.length / 2),
  `${text}${text}`,
  text.replace("command", "comand"),
  '{"agents": []}',
  '{"agents": {"": {}}}',
  '{"agents": {"a": null}}',
  '{"agents": {"a": {"runtime": "command", "command": []}}}',
  '{"agents": {"a": {"runtime": "command", "command": [17]}}}',
  '{"roles": {"r": {"agent": 17}}}',
  '{"roles": {"r": {"agent": "a", "wipLimit": -1}}}',
  '{"host": {"maxRuns": 1.5}}',
  '{"host": {"custody": "none"}}',
  '{"limits": {"promptBytes": "1 MiB"}}',
  '{"limits": {"promptBytes": 9007199254740993}}',
  '{"limits": {"backoffFirstSeconds": 60, "backoffMaxSeconds": 1}}',
  `{"limits": ${nested(10_000)}}`,
  '{"__proto__": {"a": 1}}',
  `{"x": "${"y".repeat(2_000_000)}"}`,
];

/** Where the file should be: what a hasty script may leave there. */
const INSTEAD: readonly ((path: string) => void)[] = [
  (path) => mkdirSync(path),
  (path) => symlinkSync("/nowhere/at/all", path),
  (path) => symlinkSync(path, path),
];

async function reloaded(daemon: DaemonProcess): Promise<string[]> {
  return (await daemon.call<{ problems: string[] }>("daemon.reload")).problems;
}

async function running(daemon: DaemonProcess, count: number): Promise<string[]> {
  const tasks = await Promise.all(Array.from({ length: count }, () => submit(daemon, "echo ready; exec sleep 600")));
  for (const taskId of tasks) await says(daemon, taskId, "ready");
  return tasks;
}

async function cancelAll(daemon: DaemonProcess, tasks: readonly string[]): Promise<void> {
  for (const taskId of tasks) await daemon.call("task.cancel", { taskId });
  for (const taskId of tasks) expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled" });
}

test("thirty broken files, one after the other, change nothing, and each is told with its place", async () => {
  await using home = aHome(good);
  const daemon = await home.start();
  const tasks = await running(daemon, 4);
  const agents = agentsOf(home.path);
  for (const broken of BROKEN) {
    home.settings(broken);
    const problems = await reloaded(daemon);
    expect([broken.slice(0, 60), problems.length > 0]).toEqual([broken.slice(0, 60), true]);
    const status = await daemon.call<{ problems: string[] }>("daemon.status");
    expect(status).toMatchObject({ settings: "file", runs: { live: 4, max: 8 } });
    expect(status.problems.join()).toContain("steward.json");
  }
  for (const put of INSTEAD) await expectRefused(home, daemon, put);
  expect(agentsOf(home.path)).toEqual(agents);
  expect(await done(daemon, "echo still")).toMatchObject({ state: "completed" });
  home.settings(good);
  expect(await reloaded(daemon)).toEqual([]);
  await cancelAll(daemon, tasks);
  await expectSound(home, daemon, { acknowledged: tasks });
});

async function expectRefused(home: Home, daemon: DaemonProcess, put: (path: string) => void): Promise<void> {
  rmSync(home.paths.settings, { recursive: true, force: true });
  put(home.paths.settings);
  expect((await reloaded(daemon)).join()).toContain("steward.json");
  rmSync(home.paths.settings, { recursive: true, force: true });
}

test("limits that are lowered below what runs end nothing, and nothing more starts until there is room", async () => {
  await using home = aHome(good);
  const daemon = await home.start();
  const tasks = await running(daemon, 4);
  home.settings(shellAgent({ host: { maxRuns: 1 }, role: { wipLimit: 1 }, limits: { runWallSeconds: 1 } }));
  expect(await reloaded(daemon)).toEqual([]);
  expect(await daemon.call("daemon.status")).toMatchObject({ runs: { live: 4, max: 1 } });
  const waits = await submit(daemon, "echo at last");
  const { reasons } = await daemon.call<{ reasons: { code: string }[] }>("task.explain", { taskId: waits });
  expect(reasons.map(({ code }) => code)).toContain("host_full");
  await cancelAll(daemon, tasks.slice(1));
  expect((await look(daemon, waits)).runs).toEqual([]);
  await cancelAll(daemon, tasks.slice(0, 1));
  expect(await settled(daemon, waits)).toMatchObject({ state: "completed" });
  await expectSound(home, daemon, { acknowledged: [...tasks, waits] });
});

test("agents and roles that are taken out while they work finish what they do, also over a restart", async () => {
  await using home = aHome(good);
  const first = await home.start();
  const go = `${home.ledger}/go`;
  const taskId = await submit(first, `echo ready; until [ -e ${go} ]; do sleep 0.02; done; echo over`);
  await says(first, taskId, "ready");
  home.settings({ agents: {}, roles: {} });
  expect(await reloaded(first)).toEqual([]);
  await first.kill("SIGKILL");
  const next = await home.start();
  expect(await look(next, taskId)).toMatchObject({ state: "running" });
  writeFileSync(go, "");
  expect(await settled(next, taskId)).toMatchObject({ state: "completed", result: { value: "ready\nover\n" } });
  home.settings(good);
  expect(await reloaded(next)).toEqual([]);
  await expectSound(home, next, { acknowledged: [taskId] });
});
