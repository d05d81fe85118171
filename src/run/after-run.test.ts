import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFinal } from "../task/task.ts";
import type { After, Rules, Stage, TaskBefore } from "./after.ts";
import { afterRun, backoffMs } from "./after-run.ts";
import { type Ending, endingOf, OUTCOMES } from "./outcome.ts";

const NOW = 1_000_000;
const LIMITS = { backoffFirstSeconds: 10, backoffMaxSeconds: 900, taskStages: 10 };

const aTaskBefore = (rest: Partial<TaskBefore> = {}): TaskBefore => ({
  attemptsSpent: 0,
  maxAttempts: 3,
  openChildren: 0,
  hadChildren: true,
  cancelRequested: false,
  stage: 0,
  loops: 0,
  gate: 0,
  ...rest,
});

interface TestStage extends Omit<Stage, "nextGate"> {
  readonly gates: number;
}

/** A role alone: no gates, nobody next. */
const aStage = (rest: Partial<TestStage> = {}): TestStage => ({ gates: 0, next: {}, maxLoops: 3, ...rest });

const rules = (rest: Partial<Rules> = {}): Rules => ({
  onLost: "retry",
  stage: { ...aStage(), nextGate: 0 },
  limits: LIMITS,
  now: NOW,
  random: 0.5,
  ...rest,
});

describe("a limit", () => {
  test("whatever it says, its task waits until a moment that can be stored and shown", () => {
    fc.assert(
      fc.property(fc.double(), (said) => {
        const ending = endingOf(null, { outcome: "limited", untilMs: said }, NOW);
        const at = afterRun(ending, aTaskBefore(), rules()).parked?.until ?? Number.NaN;
        expect(Number.isSafeInteger(at) && new Date(at).toISOString()).toBeTypeOf("string");
      }),
    );
  });
});

describe("what the end of a run does to its task", () => {
  test.each<[string, Ending, Partial<TaskBefore>, Partial<After>]>([
    ["completed", { outcome: "completed", reason: null }, {}, { to: "completed", attemptsSpent: 0 }],
    [
      "completed with open sub-tasks",
      { outcome: "completed", reason: null },
      { openChildren: 2 },
      { to: "parked", rollsUp: true, parked: { reason: "subtasks", note: null, until: null } },
    ],
    [
      "what it works with is not there, attempts left: its stage begins or goes on where it was",
      { outcome: "failed", reason: "no directory", needsPerson: true },
      { gate: 2 },
      { to: "scheduled", attemptsSpent: 1, gate: 2 },
    ],
    [
      "what it works with is not there, none left",
      { outcome: "failed", reason: "no directory", needsPerson: true },
      { attemptsSpent: 2 },
      { to: "parked", parked: { reason: "person", note: "no directory", until: null } },
    ],
    [
      "what it works with cannot be had by trying",
      { outcome: "failed", reason: "no commit", needsPerson: true, permanent: true },
      {},
      { to: "parked", attemptsSpent: 1, parked: { reason: "person", note: "no commit", until: null } },
    ],
    ["failed with attempts left", { outcome: "failed", reason: "x" }, {}, { to: "scheduled", attemptsSpent: 1 }],
    [
      "failed for the last time",
      { outcome: "failed", reason: "x" },
      { attemptsSpent: 2 },
      { to: "failed", attemptsSpent: 3, endReason: "x" },
    ],
    [
      "failed for good",
      { outcome: "failed", reason: "x", permanent: true },
      {},
      { to: "failed", attemptsSpent: 1, endReason: "x" },
    ],
    [
      "limited",
      { outcome: "limited", reason: null, until: NOW + 60_000 },
      { attemptsSpent: 1 },
      { to: "parked", attemptsSpent: 1, parked: { reason: "limit", note: null, until: NOW + 60_000 } },
    ],
    [
      "limited until a moment that has passed: the first backoff all the same",
      { outcome: "limited", reason: null, until: NOW - 5 },
      { attemptsSpent: 1 },
      { to: "parked", attemptsSpent: 1, parked: { reason: "limit", note: null, until: NOW + 10_000 } },
    ],
    [
      "yielded to a question",
      { outcome: "yielded", reason: "Which?", waitsFor: "question" },
      {},
      { to: "parked", attemptsSpent: 0, parked: { reason: "question", note: "Which?", until: null } },
    ],
    [
      "yielded to an approval",
      { outcome: "yielded", reason: null, waitsFor: "approval" },
      {},
      { to: "parked", attemptsSpent: 0, parked: { reason: "approval", note: null, until: null } },
    ],
    [
      "budget",
      { outcome: "budget", reason: "spent" },
      {},
      { to: "parked", attemptsSpent: 0, parked: { reason: "budget", note: "spent", until: null } },
    ],
    [
      "configuration",
      { outcome: "configuration", reason: "no key" },
      {},
      {
        to: "parked",
        attemptsSpent: 0,
        parked: { reason: "person", note: "no key", until: null },
        agentUnhealthy: "no key",
      },
    ],
    ["lost with attempts left", { outcome: "lost", reason: "gone" }, {}, { to: "scheduled", attemptsSpent: 1 }],
    [
      "lost for the last time",
      { outcome: "lost", reason: "gone" },
      { attemptsSpent: 2 },
      { to: "parked", attemptsSpent: 3, parked: { reason: "person", note: "gone", until: null } },
    ],
    [
      "never started",
      { outcome: "never_started", reason: "x" },
      { attemptsSpent: 1 },
      { to: "queued", attemptsSpent: 1 },
    ],
    [
      "never started for want of room: it looks again, and spends nothing",
      { outcome: "never_started", reason: "full", waitsFor: "workspace" },
      { attemptsSpent: 1 },
      { to: "parked", attemptsSpent: 1, parked: { reason: "workspace", note: "full", until: NOW + 600_000 } },
    ],
    ["cancelled", { outcome: "cancelled", reason: null }, { attemptsSpent: 1 }, { to: "cancelled", attemptsSpent: 1 }],
  ])("%s", (_, ending, task, after) => {
    expect(afterRun(ending, aTaskBefore(task), rules())).toMatchObject(after);
  });

  test("lost parks at once where the role says so", () => {
    expect(afterRun({ outcome: "lost", reason: "gone" }, aTaskBefore(), rules({ onLost: "park" }))).toMatchObject({
      to: "parked",
      parked: { reason: "person" },
    });
  });

  test("a cancel that was asked for wins over every end but completion", () => {
    const ends = OUTCOMES.map(
      (outcome) => afterRun({ outcome, reason: null }, aTaskBefore({ cancelRequested: true }), rules()).to,
    );
    expect(ends).toEqual(OUTCOMES.map((outcome) => (outcome === "completed" ? "completed" : "cancelled")));
  });

  test("spends an attempt only when a run failed or was lost, and never more than one", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OUTCOMES),
        fc.nat({ max: 5 }),
        fc.boolean(),
        (outcome, attemptsSpent, permanent) => {
          const after = afterRun(
            { outcome, reason: null, permanent },
            aTaskBefore({ attemptsSpent, maxAttempts: 6 }),
            rules(),
          );
          expect(after.attemptsSpent - attemptsSpent).toBe(outcome === "failed" || outcome === "lost" ? 1 : 0);
          expect(after.parked !== undefined).toBe(after.to === "parked");
          expect(after.notBefore !== undefined).toBe(after.to === "scheduled");
          if (isFinal(after.to)) expect(after.agentUnhealthy).toBeUndefined();
        },
      ),
    );
  });
});

describe("a role's stage at a task", () => {
  const done: Ending = { outcome: "completed", reason: null };
  const red: Ending = { outcome: "failed", reason: "gate test is red (exit 1)" };
  const said: Ending = { outcome: "failed", reason: "the agent says: stuck", isVerdict: true };
  const tester = aStage({ gates: 2, next: { completed: "integrator", failed: "refiner" } });
  const come = (ending: Ending, task: Partial<TaskBefore>, stage: TestStage = tester) => {
    const before = aTaskBefore(task);
    return afterRun(ending, before, rules({ stage: { ...stage, nextGate: (before.gate + 1) % (stage.gates + 1) } }));
  };

  test("is not over before each gate was green, one after the other", () => {
    expect(come(done, { gate: 0 })).toEqual({ to: "queued", attemptsSpent: 0, gate: 1 });
    expect(come(done, { gate: 1 })).toEqual({ to: "queued", attemptsSpent: 0, gate: 2 });
    expect(come(done, { gate: 2 })).toMatchObject({
      to: "queued",
      gate: 0,
      handsOn: { role: "integrator", loops: 0 },
    });
  });

  test("that went well hands the task to the next role with all its attempts", () => {
    expect(come(done, { gate: 2, attemptsSpent: 2, loops: 1 })).toEqual({
      to: "queued",
      attemptsSpent: 0,
      gate: 0,
      handsOn: { role: "integrator", loops: 1, because: "completed" },
    });
  });

  test("with nobody next completes the task, once its last gate is green", () => {
    const last = aStage({ gates: 1 });
    expect(come(done, { gate: 0 }, last).to).toBe("queued");
    expect(come(done, { gate: 1 }, last).to).toBe("completed");
  });

  test.each([
    ["a gate is red", red, { gate: 1 }],
    ["its agent says so", said, { gate: 0 }],
    ["its agent failed for the last time", { outcome: "failed", reason: "exit 1" } as Ending, { attemptsSpent: 2 }],
  ])("that did not succeed goes to who is named for that: %s", (_, ending, task) => {
    expect(come(ending, task)).toEqual({
      to: "queued",
      attemptsSpent: 0,
      gate: 0,
      handsOn: { role: "refiner", loops: 1, because: "failed" },
    });
  });

  test("goes back as often as is allowed, and then waits for a person, who lets the next one go on", () => {
    const twice = { ...tester, maxLoops: 2 };
    expect(come(red, { gate: 1, loops: 1 }, twice)).toMatchObject({ to: "queued", handsOn: { loops: 2 } });
    expect(come(red, { gate: 1, loops: 2 }, twice)).toMatchObject({
      to: "parked",
      gate: 0,
      handsOn: { role: "refiner", loops: 2 },
      parked: { reason: "person", note: expect.stringContaining("went back 2 times") },
    });
    expect(come(red, { gate: 1 }, { ...tester, maxLoops: 0 }).to).toBe("parked");
  });

  test("without anybody to go back to has the agent try again, and the gates with it", () => {
    const alone = aStage({ gates: 1 });
    expect(come(red, { gate: 1 }, alone)).toEqual({
      to: "scheduled",
      attemptsSpent: 1,
      gate: 0,
      notBefore: NOW + 10_000,
    });
    expect(come(red, { gate: 1, attemptsSpent: 2 }, alone)).toMatchObject({ to: "failed", endReason: red.reason });
  });

  test("in which a gate was lost has that gate run again, and not the agent", () => {
    const lost: Ending = { outcome: "lost", reason: "gone" };
    expect(come(lost, { gate: 2 })).toMatchObject({ to: "scheduled", gate: 2, attemptsSpent: 1 });
    expect(come({ outcome: "never_started", reason: null }, { gate: 2 })).toEqual({ to: "queued", attemptsSpent: 0 });
    expect(come(lost, { gate: 2, attemptsSpent: 2 })).toMatchObject({ to: "parked", parked: { reason: "person" } });
  });

  test("whose gate could not be run at all says nothing against the agent", () => {
    const missing: Ending = { outcome: "configuration", reason: "no such directory" };
    expect(come(missing, { gate: 1 }).agentUnhealthy).toBeUndefined();
    expect(come(missing, { gate: 0 }).agentUnhealthy).toBe("no such directory");
  });

  test("hands on when its sub-tasks are done, to who is named for that", () => {
    const planner = aStage({ next: { completed: "builder", subtasks: null } });
    expect(come(done, { openChildren: 2 }, planner)).toMatchObject({ to: "parked", rollsUp: true });
    expect(come(done, { openChildren: 0 }, planner)).toMatchObject({ to: "queued", handsOn: { role: "builder" } });
    expect(come(done, { openChildren: 1, gate: 2 })).toMatchObject({
      to: "parked",
      parked: { reason: "subtasks" },
      handsOn: { role: "integrator" },
    });
  });

  test("of an agent that waits for its sub-tasks goes on when they have ended, or at once when they have", () => {
    const waits: Ending = { outcome: "yielded", reason: null, waitsFor: "subtasks" };
    expect(come(waits, { openChildren: 1 })).toMatchObject({
      to: "parked",
      parked: { reason: "subtasks" },
      awaitsChildren: true,
    });
    expect(come(waits, { openChildren: 0 })).toEqual({ to: "queued", attemptsSpent: 0 });
  });

  test("of an agent that waits for sub-tasks and has none did not succeed: it does not go on like that for ever", () => {
    const waits: Ending = { outcome: "yielded", reason: null, waitsFor: "subtasks" };
    const none = { openChildren: 0, hadChildren: false };
    expect(come(waits, none)).toMatchObject({ to: "scheduled", attemptsSpent: 1 });
    expect(come(waits, { ...none, attemptsSpent: 2 }, aStage())).toMatchObject({
      to: "failed",
      endReason: "it waits for sub-tasks and has none",
    });
  });

  test("of a role that was taken away is not over: a person is asked, and it goes on with the gates", () => {
    for (const gate of [0, 2]) {
      expect(come(done, { gate }, aStage({ isGone: true }))).toMatchObject({
        to: "parked",
        gate: Math.max(1, gate),
        parked: { reason: "person", note: expect.stringContaining("Put it back") },
      });
    }
    expect(come(done, { cancelRequested: true }, aStage({ isGone: true })).to).toBe("cancelled");
  });

  test("comes no more when the task has had as many as is allowed: a person is asked", () => {
    for (const ending of [done, red]) {
      expect(come(ending, { stage: 9, gate: 2 })).toMatchObject({
        to: "parked",
        parked: { reason: "person", note: expect.stringContaining("limits.taskStages") },
      });
    }
    expect(come(done, { stage: 8, gate: 2 }).to).toBe("queued");
  });

  test("is not begun, and no gate is run, of a task that is to be cancelled", () => {
    expect(come(done, { gate: 0, cancelRequested: true }).to).toBe("cancelled");
    expect(come(done, { gate: 2, cancelRequested: true }).to).toBe("cancelled");
    expect(come(done, { gate: 2, cancelRequested: true }, aStage({ gates: 2 })).to).toBe("completed");
  });
});

describe("the backoff", () => {
  const middle = (attempt: number) => backoffMs(attempt, { limits: LIMITS, random: 0.5 });

  test("is ten seconds, doubles, and never passes a quarter of an hour", () => {
    expect([1, 2, 3, 6, 7, 8, 100, 2000].map(middle)).toEqual([
      10_000, 20_000, 40_000, 320_000, 640_000, 900_000, 900_000, 900_000,
    ]);
  });

  test("is shaken by a fifth in both directions", () => {
    expect(backoffMs(1, { limits: LIMITS, random: 0 })).toBe(8_000);
    expect(backoffMs(1, { limits: LIMITS, random: 1 - Number.EPSILON })).toBe(12_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const wait = backoffMs(attempt, { limits: LIMITS, random });
          expect(wait).toBeGreaterThanOrEqual(middle(attempt) * 0.8);
          expect(wait).toBeLessThanOrEqual(middle(attempt) * 1.2);
        },
      ),
    );
  });

  test("counts from now", () => {
    expect(afterRun({ outcome: "failed", reason: "x" }, aTaskBefore({ attemptsSpent: 1 }), rules()).notBefore).toBe(
      NOW + 20_000,
    );
  });
});
