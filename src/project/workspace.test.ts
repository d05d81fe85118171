import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { branchNames, isFreeBranch, lossOf } from "./workspace.ts";

describe("the branch of a task", () => {
  test("is called after it, and otherwise when that name is taken", () => {
    const firstFree = (...taken: string[]) => branchNames("task-17").find((name) => isFreeBranch(name, taken));
    expect(firstFree()).toBe("steward/task-17");
    expect(firstFree("main", "steward/task-1", "steward/task-170")).toBe("steward/task-17");
    expect(firstFree("steward/task-17")).toBe("steward/task-17-2");
    expect(firstFree("steward/task-17", "steward/task-17-2")).toBe("steward/task-17-3");
    expect(firstFree("steward/task-17/mine")).toBe("steward/task-17-2");
    expect(firstFree("steward")).toBe("steward-task-17");
    expect(firstFree("steward", "steward-task-17")).toBe("steward-task-17-2");
  });

  test("never stands where another one stands, nor above or below it", () => {
    const part = fc.stringMatching(/^[a-c]{1,2}$/);
    const branch = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(branch, fc.array(branch), (name, taken) => {
        const clashes = taken.some((other) => `${other}/`.startsWith(`${name}/`) || `${name}/`.startsWith(`${other}/`));
        expect(isFreeBranch(name, taken)).toBe(!clashes);
      }),
    );
  });
});

describe("what would be lost", () => {
  const nothing = { uncommitted: 0, paths: [], commits: 0, submodules: false };

  test.each([
    [nothing, false, []],
    [{ ...nothing, commits: 2 }, false, ["2 commits that nothing else has"]],
    [{ ...nothing, commits: 2 }, true, []],
    [{ ...nothing, uncommitted: 1, paths: ["a"] }, true, ["1 file with changes that were not committed (a)"]],
    [
      { uncommitted: 9, paths: ["a", "b"], commits: 1, submodules: true },
      false,
      [
        "9 files with changes that were not committed (a, b …)",
        "1 commit that nothing else has",
        "submodules that were not looked into",
      ],
    ],
  ])("%j, the branch stays: %s", (only, branchStays, words) => {
    expect(lossOf(only, branchStays)).toEqual(words);
  });
});
