/** When this host cannot launch: nothing is lost, no attempt is spent, it is said why, and it goes on by itself. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { childrenOf, processorMs } from "../lifecycle/processes.ts";
import { done, inState, look, settled, submit } from "../lifecycle/tasks.ts";

/** An idle daemon uses next to no processor time; one that spins uses several times this in a second, in ms. */
const BUSY_MS = 100;

/** An `unshare` that does as it is told by files beside it: `broken` fails, `slow` hangs. */
function unreliableUnshare(home: Home): { PATH: string; will(what: "broken" | "slow" | "work"): void } {
  const bin = join(home.path, "bin");
  mkdirSync(bin);
  const file = join(bin, "unshare");
  writeFileSync(
    file,
    `#!/bin/sh
[ -e "${bin}/broken" ] && { echo "no more namespaces" >&2; exit 1; }
while [ -e "${bin}/slow" ]; do sleep 0.05; done
PATH="${process.env.PATH}"; exec unshare "$@"
`,
  );
  chmodSync(file, 0o755);
  return {
    PATH: `${bin}:${process.env.PATH}`,
    will(what) {
      for (const name of ["broken", "slow"]) rmSync(join(bin, name), { force: true });
      if (what !== "work") writeFileSync(join(bin, what), "");
    },
  };
}

/** Started with it, and with one wrapper ready at the gate: the first launch needs no other. */
async function startWith(home: Home, unshare: { PATH: string }): Promise<DaemonProcess> {
  const daemon = await home.start({ env: { PATH: unshare.PATH } });
  await eventually("a wrapper waits", () =>
    childrenOf(daemon.pid).some(([pid, , name]) => name === "unshare" && childrenOf(pid).length > 0),
  );
  return daemon;
}

const namespaced = (more: Parameters<typeof shellAgent>[0] = {}) =>
  shellAgent({ host: { custody: "namespace" }, ...more });

test("while no wrapper can be made tasks wait unharmed, and run by themselves when it works again", async () => {
  await using home = aHome(namespaced());
  const unshare = unreliableUnshare(home);
  const daemon = await startWith(home, unshare);
  unshare.will("broken");
  // The wrapper that was kept ready does the first.
  await done(daemon, "echo first");
  const taskId = await submit(daemon, "echo second");
  const problem = await eventually("the trouble is told", async () => {
    const { problems } = await daemon.call<{ problems: string[] }>("daemon.status");
    return problems.find((text) => text.includes("no more namespaces"));
  });
  expect(problem).toContain("Launching failed");
  expect(await inState(daemon, taskId, "queued")).toMatchObject({ attempts: { spent: 0 } });
  expect(await daemon.call("task.explain", { taskId })).toMatchObject({ reasons: [{ code: "host_trouble" }] });
  unshare.will("work");
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "completed", attempts: { spent: 0 } });
  expect(task.runs.at(-1)).toMatchObject({ outcome: "never_started" });
});

test("trouble that passed while nothing was left to do leaves an idle daemon", async () => {
  await using home = aHome(namespaced());
  const unshare = unreliableUnshare(home);
  const daemon = await startWith(home, unshare);
  unshare.will("broken");
  await done(daemon, "echo first");
  const taskId = await submit(daemon, "echo second");
  await eventually("a launch failed", async () => (await look(daemon, taskId)).runs[0]?.outcome === "never_started");
  await daemon.call("task.cancel", { taskId });
  await eventually("the trouble has passed", async () => {
    const { problems } = await daemon.call<{ problems: string[] }>("daemon.status");
    return problems.length === 0;
  });
  const before = processorMs(daemon.pid);
  await neverWithin(1_500, "busy with nothing", () => processorMs(daemon.pid) - before > BUSY_MS);
});

test("an agent whose process does not exist in time has failed with start_timeout, once per attempt", async () => {
  await using home = aHome(namespaced({ agent: { startTimeoutSeconds: 1 } }));
  const unshare = unreliableUnshare(home);
  const daemon = await startWith(home, unshare);
  unshare.will("slow");
  await done(daemon, "echo first");
  const marks = join(home.ledger, "ran");
  const task = await done(daemon, `echo ran >>${marks}`);
  expect(task).toMatchObject({ state: "failed", endReason: "start_timeout", attempts: { spent: 1 } });
  unshare.will("work");
  expect(await done(daemon, "echo third")).toMatchObject({ state: "completed" });
  expect(existsSync(marks)).toBe(false);
});

test("a task can be cancelled while its agent is still being started", async () => {
  await using home = aHome(namespaced({ agent: { startTimeoutSeconds: 20 } }));
  const unshare = unreliableUnshare(home);
  const daemon = await startWith(home, unshare);
  unshare.will("slow");
  await done(daemon, "echo first");
  const marks = join(home.ledger, "ran");
  const taskId = await submit(daemon, `echo ran >>${marks}; sleep 30`);
  await inState(daemon, taskId, "running");
  expect(await daemon.call("task.cancel", { taskId })).toMatchObject({ cancelled: true, state: "stopping" });
  unshare.will("work");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled", attempts: { spent: 0 } });
  expect(existsSync(marks)).toBe(false);
});

test("below the floor of free disk nothing is launched, and it is said why", async () => {
  const terabytes = 2 ** 50;
  await using home = aHome(shellAgent({ limits: { freeDiskBytes: terabytes } }));
  const daemon = await home.start();
  const taskId = await submit(daemon, "echo hello");
  const explained = await daemon.call<{ sentence: string }>("task.explain", { taskId });
  expect(explained.sentence).toMatch(/MiB of disk are free/);
  expect((await look(daemon, taskId)).runs).toEqual([]);
  home.settings(shellAgent());
  await daemon.kill("SIGHUP");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
});

test("a program that is not there parks the task for a person and marks the agent, until it tests well", async () => {
  await using home = aHome();
  const program = join(home.ledger, "agent");
  home.settings(shellAgent({ agent: { command: [program] } }));
  const daemon = await home.start();
  const first = await done(daemon, "one");
  expect(first).toMatchObject({ state: "parked", parked: { reason: "person" }, attempts: { spent: 0 } });
  expect(first.parked?.note).toContain(program);
  const second = await submit(daemon, "two");
  expect(await daemon.call("task.explain", { taskId: second })).toMatchObject({
    reasons: [{ code: "unhealthy_agent" }],
  });
  expect(await daemon.call("agent.test", { agent: "shell" })).toMatchObject({ healthy: false });
  writeFileSync(program, "#!/bin/sh\ncat\n", { mode: 0o755 });
  expect(await daemon.call("agent.test", { agent: "shell" })).toMatchObject({ healthy: true });
  expect(await settled(daemon, second)).toMatchObject({ state: "completed", result: { value: "two" } });
  await daemon.call("task.resume", { taskId: first.taskId });
  expect(await settled(daemon, first.taskId)).toMatchObject({ state: "completed", result: { value: "one" } });
});

test("a working directory that is away for a while is waited for; one that stays away parks the task for a person", async () => {
  const limits = { backoffFirstSeconds: 1, backoffMaxSeconds: 1, scheduleGrainMs: 20 };
  await using home = aHome(shellAgent({ role: { attempts: 2 }, limits }));
  const daemon = await home.start();
  const cwd = join(home.path, "away");
  const task = await done(daemon, "pwd", { cwd });
  expect(task).toMatchObject({ state: "parked", attempts: { spent: 2 } });
  expect(task.parked).toMatchObject({ reason: "person", note: `its directory ${cwd} is not there` });
  expect(await done(daemon, "pwd", { cwd: home.ledger })).toMatchObject({ result: { value: `${home.ledger}\n` } });
  mkdirSync(cwd);
  await daemon.call("task.resume", { taskId: task.taskId });
  expect(await settled(daemon, task.taskId)).toMatchObject({ state: "completed", result: { value: `${cwd}\n` } });
});

test("a prompt of 1 MiB is no argument, and says so at once; on standard input it is one prompt like any other", async () => {
  await using home = aHome(
    shellAgent({ role: { attempts: 3 }, agents: { counts: { runtime: "command", command: ["wc", "-c"] } } }),
  );
  const daemon = await home.start();
  const prompt = "x".repeat(2 ** 20);
  const tooLong = await done(daemon, prompt);
  expect(tooLong).toMatchObject({ state: "failed", attempts: { spent: 1 } });
  expect(tooLong.endReason).toContain("({promptFile}) or on stdin");
  expect(await done(daemon, prompt, { agent: "counts" })).toMatchObject({ result: { value: "1048576\n" } });
  await expect(daemon.call("task.submit", { prompt: `${prompt}x` })).rejects.toMatchObject({ code: "too_large" });
});
