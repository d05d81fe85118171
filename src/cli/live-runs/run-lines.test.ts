import { describe, expect, test } from "vitest";
import { columnsOf } from "../columns.ts";
import type { View } from "../view.ts";
import type { LiveRun } from "./live-runs.ts";
import { runLines } from "./run-lines.ts";
import { screenLines } from "./screen-lines.ts";

const NOW = Date.parse("2030-01-31T10:02:05Z");
const PIPE: View = { isLive: false, hasControl: false, columns: undefined };
const terminal = (columns: number): View => ({ isLive: true, hasControl: false, columns });

const aRun = (more: Partial<LiveRun> = {}): LiveRun => ({
  runId: "run-3",
  taskId: "task-17",
  agent: "claude",
  state: "running",
  createdAt: "2030-01-31T10:00:00Z",
  startedAt: "2030-01-31T10:00:05Z",
  ...more,
});

const activity = (more: object = {}) => ({
  ...{ last: "Bash npm test", question: null, inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 11_100 },
  ...{ costUsd: 0.124, ...more },
});

describe("what runs", () => {
  test("is told in columns, with what its agent did last and has spent", () => {
    const runs = [
      aRun({ activity: activity() }),
      aRun({ runId: "run-12", taskId: "task-2", agent: "shell", state: "starting", startedAt: null }),
    ];
    expect(runLines({ runs, tasks: {} }, NOW, PIPE)).toEqual([
      "TASK     RUN     AGENT   STATE     SINCE      TOKENS  COST   DOES",
      "task-17  run-3   claude  running   2 min      12.3k   $0.12  Bash npm test",
      "task-2   run-12  shell   starting  2 min 5 s  -       -      -",
    ]);
  });

  test("roles that were paused with one word are one line, and each is named with its project", () => {
    const said = { by: "person:ada", reason: "the disk is being changed" };
    const paused = [
      { role: "builder", project: "default", ...said },
      { role: "tester", project: "web", ...said },
      { role: "refiner", project: "default", by: "person:bob", reason: null },
    ];
    expect(runLines({ runs: [], tasks: {}, paused }, NOW, PIPE)).toEqual([
      "Nothing runs.",
      "paused: builder, web#tester (person:ada: the disk is being changed)",
      "paused: refiner (person:bob)",
    ]);
  });

  test("nothing runs, and still a parked task asks", () => {
    const lines = runLines({ runs: [], tasks: { parked: 1 }, questions: 1 }, NOW, PIPE);
    expect(lines).toEqual(["Nothing runs.", "1 asks for your answer: steward approve", "Tasks: 1 parked"]);
  });

  test("that waits for an answer is said to, and so is what does not run", () => {
    const runs = [aRun({ activity: activity({ question: "approval-7", costUsd: 0.001 }) })];
    const [, run, ...more] = runLines({ runs, tasks: { queued: 2, parked: 1, completed: 9 } }, NOW, PIPE);
    expect(run).toMatch(/ asking .* <\$0\.01 /);
    expect(more).toEqual(["1 asks for your answer: steward approve", "Tasks: 2 queued, 1 parked"]);
  });

  test("is nothing, in words", () => {
    expect(runLines({ runs: [], tasks: {} }, NOW, PIPE)).toEqual(["Nothing runs."]);
  });

  test.each([
    24, 40, 60, 100,
  ])("is never broken by a terminal of %i columns, whatever agents are called and do", (columns) => {
    const evil = { last: "字".repeat(100), question: "approval-1" };
    const runs = [
      aRun({ agent: "a".repeat(64), activity: activity(evil) }),
      aRun({ activity: activity({ last: "\u001b[2J\n\u202e" }) }),
    ];
    const lines = runLines({ runs, tasks: { queued: 1_000_000, blocked: 5 } }, NOW, terminal(columns));
    for (const line of lines) {
      expect(columnsOf(line)).toBeLessThan(columns);
      for (const steering of ["\u001b", "\u202e", "\n"]) expect(line).not.toContain(steering);
    }
    // What is running stays visible however narrow it is.
    expect(lines[1]).toContain("task-17");
  });
});

test("a screen has no more lines than the terminal, and says how many it leaves out", () => {
  const runs = Array.from({ length: 30 }, (_, at) => aRun({ runId: `run-${at + 1}` }));
  const lines = screenLines({ runs, tasks: { queued: 1 } }, { now: NOW, view: terminal(80), rows: 12 });
  expect(lines).toHaveLength(12);
  expect(lines[0]).toMatch(/^Steward: 30 runs, \d\d:\d\d:\d\d\. q quits\.$/);
  // A title, 30 runs and the tasks are 32 lines, 9 of which are shown.
  expect(lines.at(-1)).toBe("… 23 more lines");
});
