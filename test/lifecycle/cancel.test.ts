/** A task can be cancelled in every state, also in the very moment in which it starts or ends. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { eventually, within } from "./eventually.ts";
import { faultsOf } from "./history.ts";
import { agentsOf } from "./processes.ts";
import { done, inState, look, says, settled, submit } from "./tasks.ts";

let home: Home;
let daemon: DaemonProcess;

beforeAll(async () => {
  home = aHome(
    shellAgent({ roles: { paused: { agent: "shell", wipLimit: 0 }, slow: { agent: "shell", attempts: 2 } } }),
  );
  daemon = await home.start();
});

afterEach(async () => {
  await eventually("nothing of it lives", () => agentsOf(home.path).length === 0);
});

afterAll(async () => {
  await daemon.kill("SIGTERM");
  await daemon.ended;
  const faults = faultsOf(home.paths.database);
  await home[Symbol.asyncDispose]();
  expect(faults).toEqual([]);
});

const cancel = (taskId: string) => daemon.call("task.cancel", { taskId });

test("a queued task is cancelled at once, and never runs", async () => {
  const taskId = await submit(daemon, `echo ran >>${home.ledger}/queued`, { role: "paused" });
  expect(await cancel(taskId)).toMatchObject({ cancelled: true, state: "cancelled" });
  expect(await look(daemon, taskId)).toMatchObject({ state: "cancelled", runs: [] });
});

test("a scheduled task is cancelled at once", async () => {
  const notBefore = new Date(Date.now() + 3_600_000).toISOString();
  const taskId = await submit(daemon, "echo", { notBefore });
  expect((await look(daemon, taskId)).state).toBe("scheduled");
  expect(await cancel(taskId)).toMatchObject({ state: "cancelled" });
});

test("a blocked task is cancelled at once, and what needs it learns of it by its policy", async () => {
  const first = await submit(daemon, "echo", { role: "paused" });
  const blocked = await submit(daemon, "echo", { needs: [first] });
  const failing = await submit(daemon, "echo", { needs: [{ taskId: blocked, policy: "fail" }] });
  const going = await submit(daemon, "echo", { needs: [{ taskId: blocked, policy: "continue" }] });
  const waiting = await submit(daemon, "echo", { needs: [blocked] });
  expect(await cancel(blocked)).toMatchObject({ state: "cancelled" });
  expect(await settled(daemon, failing)).toMatchObject({ state: "failed", endReason: "need_failed" });
  expect(await settled(daemon, going)).toMatchObject({ state: "completed" });
  expect(await look(daemon, waiting)).toMatchObject({ state: "blocked" });
  expect(await daemon.call("task.explain", { taskId: waiting })).toMatchObject({
    reasons: [{ code: "need_will_not_be_met" }],
  });
  await cancel(waiting);
  await cancel(first);
});

test("a parked task is cancelled at once", async () => {
  const { taskId, state } = await done(daemon, "exit 77");
  expect(state).toBe("parked");
  expect(await cancel(taskId)).toMatchObject({ state: "cancelled" });
});

test("a running task is shown as stopping until nothing of it lives, and is cancelled then", async () => {
  const taskId = await submit(daemon, "trap 'sleep 0.5; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
  await says(daemon, taskId, "ready");
  expect(await cancel(taskId)).toMatchObject({ cancelled: true, state: "stopping" });
  expect(await look(daemon, taskId)).toMatchObject({ state: "stopping", runs: [{ state: "stopping" }] });
  expect(await cancel(taskId)).toMatchObject({ cancelled: true });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled", attempts: { spent: 0 } });
});

test("a task that waits for its next attempt is cancelled at once", async () => {
  const taskId = await submit(daemon, "exit 1", { role: "slow" });
  await inState(daemon, taskId, "scheduled");
  expect(await cancel(taskId)).toMatchObject({ state: "cancelled" });
});

test("a finished task is not cancelled any more, and says so; a cancelled one stays what it is", async () => {
  const { taskId } = await done(daemon, "echo");
  await expect(cancel(taskId)).rejects.toMatchObject({ code: "conflict" });
  const other = await submit(daemon, "echo", { role: "paused" });
  await cancel(other);
  expect(await cancel(other)).toMatchObject({ cancelled: true, state: "cancelled" });
  await expect(cancel("task-999999")).rejects.toMatchObject({ code: "not_found" });
});

test("cancelled at any moment of its start, a task ends cancelled and its agent does not live on", async () => {
  const trials = 40;
  for (let trial = 0; trial < trials; trial += 1) {
    const taskId = await submit(daemon, "exec sleep 600");
    await new Promise((resolve) => setTimeout(resolve, (trial % 20) * 0.7));
    await cancel(taskId);
    const task = await within(15_000, `cancelling ${taskId}, trial ${trial}`, settled(daemon, taskId));
    expect(task).toMatchObject({ state: "cancelled", attempts: { spent: 0 } });
  }
});

test("cancelled in the same breath as its start is recorded, a task still ends", async () => {
  const trials = 8;
  const clients = Array.from({ length: 8 }, () => daemon.client());
  for (let trial = 0; trial < trials; trial += 1) {
    const ids = await Promise.all(clients.map((client) => submit(client, "exec sleep 600")));
    const stagger = async (index: number) => {
      for (let turn = 0; turn < (index + trial) % 12; turn += 1) await daemon.call("ping");
      return await clients[index]?.call("task.cancel", { taskId: ids[index] });
    };
    await Promise.all(ids.map((_, index) => stagger(index)));
    for (const taskId of ids) {
      const task = await within(15_000, `cancelling ${taskId}, trial ${trial}`, settled(daemon, taskId));
      expect(task.state).toBe("cancelled");
    }
  }
});

test("cancelled around the moment in which it ends by itself, a task ends once", async () => {
  for (let trial = 0; trial < 30; trial += 1) {
    const taskId = await submit(daemon, `sleep 0.0${trial % 4}`);
    await new Promise((resolve) => setTimeout(resolve, trial));
    const refused = await cancel(taskId).then(
      () => false,
      () => true,
    );
    const { state } = await settled(daemon, taskId);
    expect(state).toBe(refused ? "completed" : "cancelled");
  }
});

test("whoever asks for a cancel and dies is heard all the same: the request outlives the daemon", async () => {
  const marks = join(home.ledger, "went-on");
  const taskId = await submit(daemon, `trap '' TERM; echo ready; sleep 600; echo >${marks}`);
  await says(daemon, taskId, "ready");
  await cancel(taskId);
  await daemon.kill("SIGKILL");
  daemon = await home.start();
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled", runs: [{ outcome: "cancelled" }] });
  expect(existsSync(marks)).toBe(false);
});
