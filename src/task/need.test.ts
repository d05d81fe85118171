import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findCycle, judgeNeed, MAX_CYCLE_SEARCH } from "./need.ts";
import { isFinal, NEED_POLICIES, TASK_STATES } from "./task.ts";

describe("a need", () => {
  test("on a completed task is met, whatever its policy", () => {
    expect(NEED_POLICIES.map((policy) => judgeNeed("completed", policy))).toEqual(["met", "met", "met"]);
  });

  test("on a task that is not finished is open, whatever its policy", () => {
    for (const state of TASK_STATES.filter((one) => !isFinal(one))) {
      for (const policy of NEED_POLICIES) expect(judgeNeed(state, policy)).toBe("open");
    }
  });

  test.each([
    ["block", "open"],
    ["fail", "failed"],
    ["continue", "met"],
  ] as const)("with the policy %s on one that failed or was cancelled is %s", (policy, verdict) => {
    expect([judgeNeed("failed", policy), judgeNeed("cancelled", policy)]).toEqual([verdict, verdict]);
  });
});

describe("a circle", () => {
  const search = (task: number, needs: readonly number[], graph: Readonly<Record<number, readonly number[]>>) =>
    findCycle(task, needs, async (of) => graph[of] ?? []);

  test.each([
    ["of itself", [1], {}, [1, 1]],
    ["of two", [2], { 2: [1] }, [1, 2, 1]],
    ["of four", [2], { 2: [3], 3: [4], 4: [1] }, [1, 2, 3, 4, 1]],
    ["behind a detour", [5, 2], { 5: [6], 2: [3], 3: [1] }, [1, 2, 3, 1]],
  ])("%s is found with its path", async (_, needs, graph, path) => {
    expect(await search(1, needs, graph)).toEqual(path);
  });

  test.each([
    ["no needs", [], {}],
    ["a chain", [2], { 2: [3], 3: [4] }],
    ["a diamond", [2, 3], { 2: [4], 3: [4] }],
    ["a circle of others, which it is not part of", [2], { 2: [3], 3: [2] }],
  ])("is not made by %s", async (_, needs, graph) => {
    expect(await search(1, needs, graph)).toBeUndefined();
  });

  test("is found in any graph exactly when there is one, and its path is one of needs", async () => {
    const edges = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(edges, fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), async (pairs, needs) => {
        const needsOf = (of: number) => (of === 0 ? needs : pairs.filter(([from]) => from === of).map(([, to]) => to));
        const path = await findCycle(0, needs, async (of) => needsOf(of));
        expect(path !== undefined).toBe(reaches(needs, 0, needsOf));
        for (const [at, task] of (path ?? []).slice(0, -1).entries()) expect(needsOf(task)).toContain(path?.[at + 1]);
        if (path) expect([path[0], path.at(-1)]).toEqual([0, 0]);
      }),
    );
  });

  test("is not searched for ever", async () => {
    const endless = findCycle(0, [1], async (task) => [task + 1]);
    await expect(endless).rejects.toThrow(RangeError);
    expect(MAX_CYCLE_SEARCH).toBeGreaterThan(10_000);
  });
});

function reaches(from: readonly number[], goal: number, needsOf: (task: number) => readonly number[]): boolean {
  const seen = new Set<number>();
  const open = [...from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === goal) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...needsOf(next));
  }
  return false;
}
