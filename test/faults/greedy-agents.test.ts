/** Agents that take all they can get, or are taken away: each ends in the right state, and the daemon lives on little itself. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf, residentBytes } from "../lifecycle/processes.ts";
import { done, lastRun, says, settled, submit } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const MIB = 2 ** 20;
const CLIENTS = 20;
/** Beyond this a fork fails: far more than an agent here needs. */
const MAX_PROCESSES = 80;

test.each([
  "namespace",
  "scan",
])("an agent that is killed from outside has failed, and its children in other sessions end with it (custody %s)", async (custody) => {
  await using home = aHome(shellAgent({ host: { custody } }));
  const daemon = await home.start();
  const taskId = await submit(
    daemon,
    "setsid sleep 600 & setsid -f sh -c 'sleep 600; :' & sleep 0.1; echo ready; kill -9 $$",
  );
  const task = await settled(daemon, taskId);
  expect(lastRun(task)).toMatchObject({ outcome: "failed", exitCode: 137 });
  await eventually("nothing of it lives", () => agentsOf(home.path).length === 0);
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

test("a stopped agent that is never woken is ended by a cancel all the same", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const taskId = await submit(daemon, "trap '' TERM; echo ready; kill -STOP $$; sleep 600");
  await says(daemon, taskId, "ready");
  await daemon.call("task.cancel", { taskId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled" });
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

test("a fork bomb fills its own limit of processes and is ended whole (needs a pids cgroup that can be made)", async ({
  skip,
}) => {
  const group = pidsGroup();
  if (!group) return skip("no cgroup with a limit of processes can be made here");
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  // 0: whoever writes it. A shell that cannot fork ends, and the others go on; the agent itself waits outside.
  const bomb = `b() { while :; do b & sleep 0.01; done; }; sleep 600 & (echo 0 >${group}/cgroup.procs; b) 2>/dev/null & wait`;
  const taskId = await submit(daemon, bomb, { timeoutSeconds: 20 });
  await eventually("it has reached its limit", () =>
    /^max [1-9]/m.test(readFileSync(join(group, "pids.events"), "utf8")),
  );
  expect(agentsOf(home.path).length).toBeLessThanOrEqual(MAX_PROCESSES + 2);
  expect(await done(daemon, "echo beside it")).toMatchObject({ state: "completed" });
  await daemon.call("task.cancel", { taskId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled" });
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

test("an agent that takes more memory than it was given fails by itself, and costs the daemon none", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const before = residentBytes(daemon.pid);
  const task = await done(daemon, "ulimit -v 100000; exec tail /dev/zero");
  expect(task.state).toBe("failed");
  expect(lastRun(task)).toMatchObject({ outcome: "failed", exitCode: expect.any(Number) });
  expect(residentBytes(daemon.pid) - before).toBeLessThan(50 * MIB);
  await expectSound(home, daemon);
});

test(`with a heap of 64 MiB a daemon serves ${CLIENTS} clients that submit and list at once`, async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ env: { NODE_OPTIONS: "--max-old-space-size=64" }, args: ["--standby"] });
  const acknowledged: string[] = [];
  const prompt = `: ${"x".repeat(20_000)}`;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const client = daemon.client();
      for (let n = 0; n < 20; n += 1) {
        acknowledged.push(await submit(client, prompt));
        await client.call("task.list", { limit: 100 });
      }
    }),
  );
  expect(acknowledged).toHaveLength(CLIENTS * 20);
  expect(await daemon.call("daemon.status")).toMatchObject({ tasks: { queued: CLIENTS * 20 } });
  await expectSound(home, daemon, { acknowledged: acknowledged.slice(-10) });
});

/** cgroups(7), the pids controller, v1 or v2, wherever it lets us: undefined where it does not. */
function pidsGroup(): string | undefined {
  for (const base of ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"]) {
    const group = join(base, `steward-test-${process.pid}`);
    try {
      mkdirSync(group);
      onTestFinished(() => rmdirSync(group));
      if (!existsSync(join(group, "pids.max"))) continue;
      writeFileSync(join(group, "pids.max"), String(MAX_PROCESSES));
      const { status } = spawnSync("sh", ["-c", `echo 0 >${group}/cgroup.procs`]);
      if (status === 0) return group;
    } catch {
      // Not mounted, or not ours to change.
    }
  }
  return undefined;
}
