import { expect, test } from "vitest";
import type { TaskSeen } from "../waiting.ts";
import { exitOf, reportLines } from "./report.ts";

const NOW = Date.parse("2030-01-31T10:02:05Z");

const aTask = (more: Partial<TaskSeen> = {}): TaskSeen => ({
  taskId: "task-17",
  state: "completed",
  settled: true,
  parked: null,
  endReason: null,
  notBefore: null,
  runs: [],
  createdAt: "2030-01-31T10:00:00Z",
  finishedAt: null,
  ...more,
});

const changes = { commits: 1, files: 3, insertions: 40, deletions: 12, uncommitted: 0 };
const usage = { inputTokens: 2_300, outputTokens: 840, cacheReadTokens: 10_000, cacheWriteTokens: 0, costUsd: 0.1234 };
const parked = (reason: string, note: string | null = null) => ({ reason, note, until: null });

test.each<[string, Partial<TaskSeen>, string[]]>([
  ["outcome and time", {}, ["task-17 completed after 2 min 5 s."]],
  ["its own time, when it is long over", { finishedAt: "2030-01-31T10:00:09Z" }, ["task-17 completed after 9 s."]],
  [
    "what is on its branch",
    { workspace: { branch: "steward/task-17", changes } },
    [
      "task-17 completed after 2 min 5 s.",
      "branch steward/task-17: 1 commit, 3 files changed, +40 -12",
      "`steward workspace diff task-17` shows what changed.",
    ],
  ],
  [
    "what was left uncommitted",
    { workspace: { branch: "b", changes: { ...changes, commits: 0, uncommitted: 2 } } },
    [
      "task-17 completed after 2 min 5 s.",
      "branch b: 0 commits, 3 files changed, +40 -12; 2 files not committed",
      "`steward workspace diff task-17` shows what changed.",
      '`cd "$(steward workspace open task-17)" && git add -A && git commit` keeps what was not committed: only commits can be merged.',
    ],
  ],
  [
    "a branch on which nothing changed, or that nobody could look at",
    { workspace: { branch: "b", changes: { ...changes, commits: 0, files: 0 } } },
    ["task-17 completed after 2 min 5 s.", "branch b: nothing changed"],
  ],
  [
    "why it failed",
    { state: "failed", endReason: "exit 1", workspace: { branch: "b", changes: null } },
    ["task-17 failed (exit 1) after 2 min 5 s.", "branch b"],
  ],
  [
    "what helps",
    { state: "parked", parked: parked("person", "3 loops") },
    ["task-17 parked (person: 3 loops) after 2 min 5 s. `steward task explain task-17` says what helps."],
  ],
  [
    "who has to answer",
    { state: "parked", parked: parked("approval") },
    [
      "task-17 parked (approval) after 2 min 5 s. `steward approve` answers what it asks, `steward attach task-17` watches on.",
    ],
  ],
  [
    "nothing that steers the terminal",
    { state: "failed", endReason: "\u001b[2J" },
    ["task-17 failed (\\e[2J) after 2 min 5 s."],
  ],
])("the report tells %s", (_, more, lines) => {
  expect(reportLines(aTask(more), undefined, NOW)).toEqual(lines);
});

test("what was spent is told where it is known", () => {
  const lines = reportLines(aTask(), usage, NOW);
  expect(lines.at(-1)).toBe("12.3k tokens in (10k from cache), 840 out, $0.12");
  const nothing = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
  expect(reportLines(aTask(), nothing, NOW)).toHaveLength(1);
  expect(reportLines(aTask(), { ...nothing, costUsd: 0.001 }, NOW).at(-1)).toBe("less than $0.01");
  expect(reportLines(aTask(), { ...nothing, inputTokens: 4_123_000 }, NOW).at(-1)).toBe("4.1M tokens in, 0 out");
});

test.each<[string, TaskSeen["parked"], number]>([
  ["completed", null, 0],
  ["failed", null, 1],
  ["cancelled", null, 1],
  ["parked", parked("limit"), 1],
  ["parked", parked("approval"), 7],
])("%s %j exits as %i", (state, why, code) => {
  expect(exitOf(aTask({ state, parked: why }))).toBe(code);
});
