/** No descriptors, no processes, no memory: the daemon lives, tells so, loses no task and spends no attempt, and goes on by itself. */
import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { done, look, says, settled, submit } from "../lifecycle/tasks.ts";
import { scratch } from "../scratch.ts";
import { expectSound } from "./soundness.ts";

const directory = scratch("scarce");
const isRoot = process.geteuid?.() === 0;
/** nobody, or whoever has that number. */
const NOBODY = 65_534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status")).problems;

/** prlimit(2), the soft limit, of a process that runs already. */
function limit(pid: number, resource: "nofile" | "nproc", value: number, as: readonly string[] = []): void {
  const [program = "", ...args] = [...as, "prlimit", "--pid", `${pid}`, `--${resource}=${value}:`];
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

test("without descriptors launches wait unharmed, the trouble is told, and they go on when there are some again", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo first");
  const shared = daemon.client();
  await shared.call("ping");
  await eventually("a wrapper is kept ready", () => descriptorsOf(daemon.pid) > 0);
  limit(daemon.pid, "nofile", descriptorsOf(daemon.pid));
  const tasks = [];
  for (let n = 0; n < 4; n += 1)
    tasks.push((await shared.call<{ taskId: string }>("task.submit", { prompt: `echo ${n}` })).taskId);
  const problem = await eventually("the trouble is told", async () => {
    const { problems } = await shared.call<{ problems: string[] }>("daemon.status");
    return problems.find((text) => /EMFILE|too many open files|cannot be used/i.test(text));
  });
  expect(problem).toBeTruthy();
  limit(daemon.pid, "nofile", 1024);
  for (const taskId of tasks) {
    expect(await settled(shared, taskId)).toMatchObject({ state: "completed", attempts: { spent: 0 } });
  }
  await expectSound(home, daemon, { acknowledged: tasks });
});

test("without descriptors every question is still answered that takes none", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const shared = daemon.client();
  await shared.call("ping");
  // One under what it holds, and what it opens and closes as it works has no room either.
  limit(daemon.pid, "nofile", descriptorsOf(daemon.pid) - 1);
  for (const operation of ["daemon.status", "task.list", "run.list", "agent.list"]) {
    expect(await shared.call(operation)).toBeTruthy();
  }
  limit(daemon.pid, "nofile", 1024);
  await expectSound(home, daemon);
});

test.each([
  "namespace",
  "scan",
])("an agent is not taken for dead by a daemon that has no descriptor left to look at it with (custody %s)", async (custody) => {
  await using home = aHome(shellAgent({ host: { custody } }));
  const daemon = await home.start();
  const shared = daemon.client();
  const taskId = await submit(shared, "echo ready; exec sleep 600");
  await says(shared, taskId, "ready");
  const used = descriptorsOf(daemon.pid);
  limit(daemon.pid, "nofile", 1);
  // It looks at its runs every second.
  await neverWithin(2_500, "the run has ended", async () => (await look(shared, taskId)).state !== "running");
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
  limit(daemon.pid, "nofile", Math.max(used, 1024));
  await shared.call("task.cancel", { taskId });
  expect(await settled(shared, taskId)).toMatchObject({ state: "cancelled" });
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

test("an agent that ends, or is to be ended, while there are no descriptors is recorded when there are", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const shared = daemon.client();
  const go = join(home.ledger, "go");
  const ends = await submit(shared, `echo ready; until [ -e ${go} ]; do sleep 0.02; done; exit 3`);
  const stopped = await submit(shared, "echo ready; exec sleep 600");
  for (const taskId of [ends, stopped]) await says(shared, taskId, "ready");
  limit(daemon.pid, "nofile", 1);
  writeFileSync(go, "");
  await shared.call("task.cancel", { taskId: stopped });
  await neverWithin(2_000, "it stops answering", async () => (await shared.call("ping")).pong !== true);
  limit(daemon.pid, "nofile", 1024);
  expect(await settled(shared, ends)).toMatchObject({ state: "failed", runs: [{ outcome: "failed", exitCode: 3 }] });
  expect(await settled(shared, stopped)).toMatchObject({ state: "cancelled" });
  await expectSound(home, daemon, { acknowledged: [ends, stopped] });
});

test("an exit or a result that cannot be read for want of a descriptor is not taken for one that is not there", () => {
  const [exits, runs] = [directory(), directory()];
  writeFileSync(join(exits, "run-1"), "0\n");
  mkdirSync(join(runs, "run-1"));
  writeFileSync(join(runs, "run-1", "result.json"), "{}");
  const program = join(import.meta.dirname, "../fixtures/programs/reads-without-descriptors.ts");
  const { stdout } = spawnSync(process.execPath, [program, exits, runs], { encoding: "utf8" });
  expect(JSON.parse(stdout)).toEqual(["saw 0", 'saw "file"', "EMFILE", "EMFILE"]);
});

test("more clients than there are descriptors cost the daemon nothing but them", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const shared = daemon.client();
  await shared.call("ping");
  limit(daemon.pid, "nofile", descriptorsOf(daemon.pid) + 10);
  const crowd: Socket[] = Array.from({ length: 60 }, () => connect(home.paths.socket).on("error", () => {}));
  await Promise.all(
    crowd.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve))),
  );
  expect(await shared.call("ping")).toMatchObject({ pong: true });
  for (const socket of crowd) socket.destroy();
  limit(daemon.pid, "nofile", 1024);
  expect(await done(shared, "echo on")).toMatchObject({ state: "completed" });
  await expectSound(home, daemon);
});

test.skipIf(!isRoot)(
  "without processes launches wait unharmed, the trouble is told, and they go on when there are some again (takes root: it runs as nobody)",
  async () => {
    await using home = aHome(shellAgent({ host: { custody: "scan" } }));
    ownedBy(home, NOBODY);
    const daemon = await home.start({
      prefix: ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
    });
    await done(daemon, "echo first");
    limit(daemon.pid, "nproc", 1, AS_NOBODY);
    const tasks = await Promise.all([1, 2, 3].map((n) => submit(daemon, `echo ${n}`)));
    const problem = await eventually("the trouble is told", async () => (await problemsOf(daemon))[0]);
    expect(problem).toMatch(/EAGAIN|temporarily unavailable|fork/i);
    const waiting = await eventually("one that was not launched waits", async () => {
      const seen = await Promise.all(tasks.map((taskId) => look(daemon, taskId)));
      return seen.find(({ state, runs }) => state === "queued" && runs[0]?.outcome === "never_started");
    });
    expect(waiting.attempts.spent).toBe(0);
    limit(daemon.pid, "nproc", 10_000, AS_NOBODY);
    for (const taskId of tasks) {
      const task = await settled(daemon, taskId);
      expect(task.attempts.spent).toBe(task.state === "completed" ? 0 : 1);
    }
    await expectSound(home, daemon, { acknowledged: tasks });
  },
);

function ownedBy(home: Home, user: number): void {
  for (const path of [home.path, home.ledger, home.paths.settings]) chownSync(path, user, user);
}
