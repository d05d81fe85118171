import { describe, expect, test } from "vitest";
import { isFinal, NewTask, rollUp, TASK_STATES, TaskKey, type TaskState, titleFrom, waitingState } from "./task.ts";

test("three states are final", () => {
  expect(TASK_STATES.filter(isFinal)).toEqual(["completed", "failed", "cancelled"]);
});

describe("where a task that may run waits", () => {
  test.each([
    [{ blockedBy: 1, notBefore: null }, "blocked"],
    [{ blockedBy: 1, notBefore: 2000 }, "blocked"],
    [{ blockedBy: 0, notBefore: 1001 }, "scheduled"],
    [{ blockedBy: 0, notBefore: 1000 }, "queued"],
    [{ blockedBy: 0, notBefore: null }, "queued"],
  ])("%j at 1000: %s", (task, state) => {
    expect(waitingState(task, 1000)).toBe(state);
  });
});

describe("how a parent ends", () => {
  test.each<[readonly TaskState[], TaskState | undefined]>([
    [[], undefined],
    [["completed"], "completed"],
    [["completed", "cancelled"], "completed"],
    [["cancelled", "cancelled"], "cancelled"],
    [["completed", "failed", "cancelled"], "failed"],
  ])("children %j: %s", (children, end) => {
    expect(rollUp(children)).toBe(end);
  });
});

describe("a key", () => {
  test.each([
    "a",
    "P002-B02",
    "build/ui.2",
    "2026-01-05",
    "x".repeat(128),
    "Task-17",
    "task-17b",
    "task-",
  ])("may be %s", (key) => {
    expect(TaskKey.safeParse(key).success).toBe(true);
  });

  test.each(["", "task-17", "run-1", "-a", "a b", "ä", "a\n", "x".repeat(129)])("may not be %j", (key) => {
    expect(TaskKey.safeParse(key).success).toBe(false);
  });
});

describe("needs", () => {
  const needsOf = (needs: unknown) => NewTask.safeParse({ prompt: "x", needs });

  test("are given as a task, as TASK:POLICY, or whole", () => {
    const whole = { taskId: "c", policy: "continue" };
    expect(needsOf(["a", "b:fail", whole, { taskId: "d" }]).data?.needs).toEqual([
      { taskId: "a", policy: "block" },
      { taskId: "b", policy: "fail" },
      whole,
      { taskId: "d", policy: "block" },
    ]);
  });

  test.each([["a:sometimes"], ["a:fail:fail"], [":fail"], [""], ["a:"]])("%j are none", (need) => {
    expect(needsOf([need]).success).toBe(false);
  });
});

describe("a title made from the prompt", () => {
  test.each([
    ["Fix it", "Fix it"],
    ["\n\n  Fix it  \nnow", "Fix it"],
    ["   \n ", "(no text)"],
    ["0123456789", "0123456789"],
    ["01234567890", "012345678…"],
    ["🪴🪴🪴🪴🪴🪴🪴🪴🪴🪴🪴", "🪴🪴🪴🪴🪴🪴🪴🪴🪴…"],
  ])("of %j is %j, in ten characters at most", (prompt, title) => {
    expect(titleFrom(prompt, 10)).toBe(title);
  });
});
