import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFinal } from "../task/task.ts";
import {
  type After,
  afterRun,
  backoffMs,
  type Ending,
  endingOf,
  OUTCOMES,
  type Rules,
  STOP_REASONS,
  type TaskBefore,
} from "./outcome.ts";

const NOW = 1_000_000;
const LIMITS = { backoffFirstSeconds: 10, backoffMaxSeconds: 900 };

const aTaskBefore = (rest: Partial<TaskBefore> = {}): TaskBefore => ({
  attemptsSpent: 0,
  maxAttempts: 3,
  openChildren: 0,
  cancelRequested: false,
  ...rest,
});

const rules = (rest: Partial<Rules> = {}): Rules => ({
  onLost: "retry",
  limits: LIMITS,
  now: NOW,
  random: 0.5,
  ...rest,
});

describe("why Steward ended a run comes before what the agent says", () => {
  test.each([
    ["cancelled", { outcome: "cancelled", reason: null }],
    ["abandoned", { outcome: "lost", reason: "it was given up" }],
    ["wall_timeout", { outcome: "failed", reason: "wall_timeout" }],
    ["idle_timeout", { outcome: "failed", reason: "idle_timeout" }],
    ["start_timeout", { outcome: "failed", reason: "start_timeout" }],
    ["handshake_timeout", { outcome: "failed", reason: "handshake_timeout" }],
    ["progress_timeout", { outcome: "failed", reason: "progress_timeout" }],
    ["output_limit", { outcome: "failed", reason: "output_limit" }],
    ["tested", { outcome: "completed", reason: "the test of its agent has seen enough" }],
  ] as const)("%s", (stop, ending) => {
    expect(endingOf(stop, { outcome: "completed" }, NOW)).toEqual(ending);
    expect(endingOf(stop, { outcome: "limited", untilMs: 5 }, NOW)).toEqual(ending);
    expect(endingOf(stop, { outcome: "lost" }, NOW)).toEqual(ending);
  });

  test("every reason is one of those above", () => {
    expect(STOP_REASONS).toHaveLength(9);
  });
});

describe("where Steward wanted nothing, the agent's word counts", () => {
  test.each([
    [{ outcome: "completed" }, { outcome: "completed", reason: null }],
    [
      { outcome: "failed", reason: "exit 3" },
      { outcome: "failed", reason: "exit 3" },
    ],
    [
      { outcome: "configuration", reason: "no key" },
      { outcome: "configuration", reason: "no key" },
    ],
    [
      { outcome: "limited", untilMs: NOW + 7 },
      { outcome: "limited", until: NOW + 7 },
    ],
    [
      { outcome: "limited", untilMs: null },
      { outcome: "limited", until: NOW + 900_000 },
    ],
    [
      { outcome: "yielded", to: "approval", question: "May I?" },
      { outcome: "yielded", reason: "May I?", waitsFor: "approval" },
    ],
    [{ outcome: "lost" }, { outcome: "lost", reason: "its process is gone and left no exit status" }],
  ] as const)("%j", (verdict, ending) => {
    expect(endingOf(null, verdict, NOW)).toMatchObject(ending);
  });
});

describe("when a limit ends is believed where it can be", () => {
  const DAY_MS = 86_400_000;
  const until = (untilMs: number | null) => endingOf(null, { outcome: "limited", untilMs }, NOW).until;

  test.each([NOW, NOW + 0.4, NOW + 60_000.7, NOW + 31 * DAY_MS])("%d, to the ms", (said) => {
    expect(until(said)).toBe(Math.round(said));
  });

  test.each([
    1e18,
    1e300,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    -1,
    -1e300,
    NOW - 1,
    NOW + 31 * DAY_MS + 1,
  ])("%d counts as no word", (said) => {
    expect(until(said)).toBe(NOW + 900_000);
  });

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
