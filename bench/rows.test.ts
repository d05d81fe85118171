import { expect, test } from "vitest";
import { judge, table } from "./rows.ts";

test.each([
  [{ ratioAtMost: 1.5 }, 10, 14.9, true],
  [{ ratioAtMost: 1.5 }, 10, 15.1, false],
  [{ ratioAtLeast: 5 }, 10, 51, true],
  [{ ratioAtLeast: 5 }, 10, 49, false],
  [{ addsAtMost: 10 }, 10, 19, true],
  [{ addsAtMost: 10 }, 10, 21, false],
  [{ atMost: 80 }, 10, 79, true],
  [{ atMost: 80 }, 10, 81, false],
  [{ atLeast: 80 }, 10, 81, true],
  [{ atLeast: 80 }, 10, 79, false],
] as const)("the goal %o on %d against %d is reached: %s", (goal, baseline, ours, reached) => {
  expect(judge({ what: "it", unit: "ms", baseline, ours, goal }).reached).toBe(reached);
});

test("without a goal nothing is reached or missed, and a ratio needs a baseline", () => {
  expect(judge({ what: "it", unit: "ms", ours: 1 })).toMatchObject({ ratio: null, reached: null });
  expect(judge({ what: "it", unit: "ms", ours: 1, goal: { ratioAtMost: 2 } }).reached).toBeNull();
});

test("the table is markdown in which a missed goal stands out", () => {
  const text = table([{ what: "slow", unit: "ms", baseline: 10, ours: 200, goal: { ratioAtMost: 1.5 } }]);
  expect(text.split("\n")).toHaveLength(3);
  expect(text).toMatch(/\| slow +\| 10\.0 ms +\| 200 ms +\| 20\.00 x +\| <= 1\.5 x +\| NO /);
});
