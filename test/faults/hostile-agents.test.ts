/** Agents that do what no agent should: each ends in the right state, and nothing that it started outlives it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf, residentBytes } from "../lifecycle/processes.ts";
import { done, lastRun, look, printed, says, settled, submit } from "../lifecycle/tasks.ts";

const AGENTS = join(import.meta.dirname, "../fixtures/agents");
const MIB = 2 ** 20;

let home: Home;
let daemon: DaemonProcess;

beforeAll(async () => {
  home = aHome(shellAgent({ limits: { runOutputKeptBytes: 8 * MIB } }));
  daemon = await home.start();
});

afterEach(async () => {
  await eventually("nothing of it lives", () => agentsOf(home.path).length === 0);
});

afterAll(() => home[Symbol.asyncDispose]());

test("one that ignores SIGTERM is killed after the grace period when its task is cancelled", async () => {
  const taskId = await submit(daemon, `exec ${AGENTS}/ignores-term`);
  await says(daemon, taskId, "ready");
  await daemon.call("task.cancel", { taskId });
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "cancelled", runs: [{ outcome: "cancelled", exitCode: null }] });
});

test("one that ignores SIGTERM is killed at its wall limit", async () => {
  const task = await done(daemon, `exec ${AGENTS}/ignores-term`, { timeoutSeconds: 1 });
  expect(task).toMatchObject({ state: "failed", runs: [{ outcome: "failed", reason: "wall_timeout" }] });
});

test("one that exits 0 when it is asked to end has not completed: its time was up", async () => {
  const task = await done(daemon, `exec ${AGENTS}/exits-zero-on-term`, { timeoutSeconds: 1 });
  expect(task).toMatchObject({
    state: "failed",
    endReason: "wall_timeout",
    runs: [{ outcome: "failed", reason: "wall_timeout", exitCode: 0 }],
  });
});

test("one that completes while it is being cancelled is cancelled", async () => {
  const taskId = await submit(daemon, `exec ${AGENTS}/exits-zero-on-term`);
  await says(daemon, taskId, "ready");
  await daemon.call("task.cancel", { taskId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled", runs: [{ outcome: "cancelled" }] });
});

test("what forks twice into a session of its own with a cleared environment ends with the agent", async () => {
  const task = await done(daemon, `${AGENTS}/double-forks-away; sleep 0.2`);
  expect(task.state).toBe("completed");
});

test("what forks twice into a session of its own with a cleared environment ends with a cancel", async () => {
  const taskId = await submit(daemon, `exec ${AGENTS}/double-forks-away stay`);
  await says(daemon, taskId, "ready");
  expect(agentsOf(home.path).length).toBeGreaterThan(2);
  await daemon.call("task.cancel", { taskId });
  expect((await settled(daemon, taskId)).state).toBe("cancelled");
});

test("one that keeps on forking is ended whole", async () => {
  const forks =
    "f() { while :; do (setsid sh -c 'sleep 60 & exec sleep 60' &) ; sleep 0.01; done; }; f & f & f & f & echo ready; wait";
  const taskId = await submit(daemon, forks);
  await says(daemon, taskId, "ready");
  await eventually("it has many processes", () => agentsOf(home.path).length > 60);
  await daemon.call("task.cancel", { taskId });
  expect((await settled(daemon, taskId)).state).toBe("cancelled");
});

test("one that dies at once has failed, with its exit status", async () => {
  expect(lastRun(await done(daemon, "exit 9"))).toMatchObject({ outcome: "failed", reason: "exit 9", exitCode: 9 });
});

test("one that is ended by a signal has failed, with 128 and the signal's number", async () => {
  expect(lastRun(await done(daemon, `exec ${AGENTS}/kills-itself SEGV`))).toMatchObject({
    outcome: "failed",
    exitCode: 139,
  });
});

test("one that kills its parent gets an end all the same, and never a second life", async () => {
  const count = join(home.ledger, "parent-killer");
  const task = await done(daemon, `echo once >>${count}; kill -9 $PPID; exit 5`);
  expect(task.state).toBe(lastRun(task).outcome === "lost" ? "parked" : "failed");
  expect(readFileSync(count, "utf8")).toBe("once\n");
});

test("one that tries to end everything that it may signal ends only itself", async () => {
  const task = await done(daemon, "kill -9 -1; exit 6");
  expect(["failed", "parked"]).toContain(task.state);
  expect(await daemon.call("ping")).toMatchObject({ pong: true });
});

test("one that stops itself is woken to be told to end", async () => {
  const task = await done(daemon, "trap 'exit 0' TERM; kill -STOP $$; exit 7", { timeoutSeconds: 1 });
  expect(lastRun(task)).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
});

test("one that prints a line of 10 MB costs no memory to speak of, and its result is the end of it", async () => {
  const before = residentBytes(daemon.pid);
  const task = await done(daemon, `exec ${AGENTS}/prints-one-long-line 10000000`);
  expect(task).toMatchObject({ state: "completed", result: { from: "stdout" } });
  expect(String(task.result?.value)).toMatch(/^x{65536}$/);
  expect(residentBytes(daemon.pid) - before).toBeLessThan(100 * MIB);
});

test("half a character and NULs are shown as what they are not, and cost nothing else", async () => {
  const half = await done(daemon, `exec ${AGENTS}/prints-half-a-character`);
  expect(half).toMatchObject({ state: "completed", result: { value: "price: \uFFFD" } });
  const nuls = await done(daemon, "printf 'a\\000b\\377c'");
  expect(nuls).toMatchObject({ state: "completed", result: { value: "a\uFFFDb\uFFFDc" } });
  const { text } = await daemon.call("run.output", { runId: lastRun(nuls).runId, encoding: "base64" });
  expect([...Buffer.from(String(text), "base64")]).toEqual([0x61, 0, 0x62, 0xff, 0x63]);
});

test("one that replaces its output by a pipe cannot keep its run from ending", async () => {
  const task = await done(daemon, 'd=$(dirname "$STEWARD_RESULT"); rm "$d/stdout.log"; mkfifo "$d/stdout.log"; exit 4');
  expect(lastRun(task)).toMatchObject({ outcome: "failed", exitCode: 4 });
}, 15_000);

test("one that points its output at a file of the owner's does not get it shown", async () => {
  const task = await done(daemon, `d=$(dirname "$STEWARD_RESULT"); ln -sf ${home.paths.settings} "$d/stdout.log"`);
  expect(await printed(daemon, task.taskId)).not.toContain("runtime");
  expect(String(task.result?.value)).not.toContain("runtime");
});

test("one that removes its own directory ends with its exit status", async () => {
  const task = await done(daemon, 'cd /; rm -rf "$(dirname "$STEWARD_RESULT")"; exit 3');
  expect(lastRun(task)).toMatchObject({ outcome: "failed", exitCode: 3 });
});

test("an exit that is forged while its agent lives ends nobody: the one of its wrapper counts", async () => {
  const forge = (run: string) => `echo 0 >"${home.paths.exits}/${run}"`;
  const victim = await submit(daemon, `until [ -e ${home.ledger}/go ]; do sleep 0.02; done; echo lived on; exit 4`);
  const run = await eventually("it runs", async () =>
    (await look(daemon, victim)).runs.find((r) => r.state === "running"),
  );
  await done(daemon, forge(run.runId));
  const own = await done(
    daemon,
    `${forge('$(basename "$(dirname "$STEWARD_RESULT")")')}; sleep 0.7; echo lived on; exit 9`,
  );
  writeFileSync(join(home.ledger, "go"), "");
  const ends = [lastRun(await settled(daemon, victim)), lastRun(own)];
  expect(ends).toMatchObject([4, 9].map((exitCode) => ({ outcome: "failed", exitCode })));
  for (const { taskId } of [{ taskId: victim }, own]) expect(await printed(daemon, taskId)).toContain("lived on");
});

test("a forged exit does not keep an agent from being ended by its limit", async () => {
  const script = `echo 0 >"${home.paths.exits}/$(basename "$(dirname "$STEWARD_RESULT")")"; sleep 60`;
  const task = await done(daemon, script, { timeoutSeconds: 1 });
  expect(lastRun(task)).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
}, 15_000);

test("one that closes its output and lives on is supervised still", async () => {
  const task = await done(daemon, "exec >&- 2>&-; sleep 60", { timeoutSeconds: 1 });
  expect(lastRun(task)).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
});

test("a limit, a question and a wrong configuration are told by exit status, and spend no attempt", async () => {
  const limited = await done(daemon, "exit 75");
  expect(limited).toMatchObject({ state: "parked", parked: { reason: "limit" }, attempts: { spent: 0 } });
  expect(Date.parse(limited.parked?.until ?? "")).toBeGreaterThan(Date.now());
  // Somebody sees that it works: else nothing more would be given to it until then.
  expect(await daemon.call("agent.test", { agent: "shell" })).toMatchObject({ healthy: true });
  const asked = await done(daemon, `echo '{"question":"Which one?"}' >"$STEWARD_RESULT"; exit 77`);
  expect(asked).toMatchObject({
    state: "parked",
    parked: { reason: "question", note: "Which one?", until: null },
    attempts: { spent: 0 },
  });
  const wrong = await done(daemon, "exit 78");
  expect(wrong).toMatchObject({ state: "parked", parked: { reason: "person" }, attempts: { spent: 0 } });
  const waits = await submit(daemon, "echo hello");
  expect(await daemon.call("task.explain", { taskId: waits })).toMatchObject({
    reasons: [{ code: "unhealthy_agent" }],
  });
  expect(await daemon.call("agent.test", { agent: "shell" })).toMatchObject({ healthy: true });
  expect((await settled(daemon, waits)).state).toBe("completed");
  expect(existsSync(join(home.paths.exits, lastRun(wrong).runId))).toBe(false);
});
