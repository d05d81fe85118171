/** The clocks of a run: wall and idle limits, retries with backoff, and moments before which nothing starts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { done, inState, lastRun, look, says, settled, submit } from "./tasks.ts";

let home: Home;
let daemon: DaemonProcess;

beforeAll(async () => {
  home = aHome(
    shellAgent({
      agents: {
        quiet: { runtime: "command", command: ["sh", "-c", "{prompt}"], idleTimeoutSeconds: 1 },
        slow: { runtime: "command", command: ["sh", "-c", "{prompt}"], timeoutSeconds: 1 },
      },
      roles: {
        stubborn: { agent: "shell", attempts: 3, wipLimit: 3 },
        brief: { agent: "shell", timeoutSeconds: 1, attempts: 1 },
      },
    }),
  );
  daemon = await home.start();
});

afterAll(() => home[Symbol.asyncDispose]());

const reasonOf = async (prompt: string, more: object) => lastRun(await done(daemon, prompt, more)).reason;

test("the wall limit is the task's, else the role's, else the agent's", async () => {
  const [ofTask, ofRole, ofAgent, unlimited] = await Promise.all([
    reasonOf("exec sleep 60", { timeoutSeconds: 1 }),
    reasonOf("exec sleep 60", { role: "brief" }),
    reasonOf("exec sleep 60", { agent: "slow" }),
    done(daemon, "sleep 1.5; echo whole", { role: "brief", timeoutSeconds: 20 }),
  ]);
  expect([ofTask, ofRole, ofAgent]).toEqual(["wall_timeout", "wall_timeout", "wall_timeout"]);
  expect(unlimited).toMatchObject({ state: "completed", result: { value: "whole\n" } });
});

test("an agent that says nothing for too long is ended; one that goes on talking is not", async () => {
  const [silent, talking] = await Promise.all([
    done(daemon, "echo once; exec sleep 60", { agent: "quiet" }),
    done(daemon, "for i in 1 2 3 4 5 6; do echo $i >&2; sleep 0.4; done", { agent: "quiet" }),
  ]);
  expect(lastRun(silent)).toMatchObject({ outcome: "failed", reason: "idle_timeout" });
  expect(talking.state).toBe("completed");
});

test("the wall limit goes on counting while no daemon lives, and over a restart", async () => {
  const taskId = await submit(daemon, "echo ready; exec sleep 60", { timeoutSeconds: 3 });
  await says(daemon, taskId, "ready");
  const started = performance.now();
  await daemon.kill("SIGKILL");
  daemon = await home.start();
  await daemon.kill("SIGTERM");
  await daemon.ended;
  daemon = await home.start();
  expect(lastRun(await settled(daemon, taskId))).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
  expect(performance.now() - started).toBeLessThan(4_500);
});

test("a wall limit that passed while no daemon lived is kept by the next one at once", async () => {
  const taskId = await submit(daemon, "echo ready; exec sleep 60", { timeoutSeconds: 1 });
  await says(daemon, taskId, "ready");
  await daemon.kill("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  daemon = await home.start();
  const started = performance.now();
  expect(lastRun(await settled(daemon, taskId))).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("what failed is tried again after a wait, and fails for good when its attempts are spent", async () => {
  const marks = join(home.ledger, "tries");
  const taskId = await submit(daemon, `date +%s%N >>${marks}; exit 1`, { role: "stubborn" });
  const between = await inState(daemon, taskId, "scheduled");
  expect(between.attempts.spent).toBe(1);
  expect(await daemon.call("task.explain", { taskId })).toMatchObject({
    reasons: [{ code: "not_before", data: { attemptsSpent: 1 } }],
  });
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "failed", endReason: "exit 1", attempts: { spent: 3 } });
  expect(task.runs.map(({ runId }) => runId)).toHaveLength(3);
  const moments = readFileSync(marks, "utf8")
    .trim()
    .split("\n")
    .map((text) => Number(text) / 1e6);
  const waits = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0));
  for (const wait of waits) {
    // One second, give or take a fifth, and what starting takes on a loaded machine.
    expect(wait).toBeGreaterThan(790);
    expect(wait).toBeLessThan(4_000);
  }
});

test("an attempt that succeeds ends it, and its result is the last one's", async () => {
  const marks = join(home.ledger, "second");
  const prompt = `[ -e ${marks} ] && { echo good; exit 0; }; touch ${marks}; echo bad; exit 1`;
  const task = await done(daemon, prompt, { role: "stubborn" });
  const [state] = [task.state === "scheduled" ? (await settled(daemon, task.taskId)).state : task.state];
  expect(state).toBe("completed");
  expect((await look(daemon, task.taskId)).result).toMatchObject({ value: "good\n" });
});

test("nothing starts before its moment, and it starts soon after it", async () => {
  const moment = Date.now() + 1_200;
  const taskId = await submit(daemon, "date +%s%N", { notBefore: new Date(moment).toISOString() });
  expect((await look(daemon, taskId)).state).toBe("scheduled");
  const task = await settled(daemon, taskId);
  const ran = Number(String(task.result?.value)) / 1e6;
  expect(ran).toBeGreaterThanOrEqual(moment);
  expect(ran - moment).toBeLessThan(2_000);
});

test("a moment that comes while no daemon lives is noticed by the next one", async () => {
  const taskId = await submit(daemon, "echo late", { notBefore: new Date(Date.now() + 700).toISOString() });
  await daemon.kill("SIGKILL");
  daemon = await home.start();
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed", result: { value: "late\n" } });
});
