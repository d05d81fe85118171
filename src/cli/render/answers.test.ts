import { expect, test } from "vitest";
import { renderRedelivered } from "./answers.ts";
import { renderStatus } from "./daemon-status.ts";
import { renderTask } from "./task.ts";

test("a task's counters are told when they count something", () => {
  const task = { taskId: "task-1", priority: 0, stage: 1, loops: 0, openChildren: 0 };
  expect(renderTask(task)).toBe("task      task-1\npriority  0\n");
  expect(renderTask({ ...task, loops: 2 })).toBe("task      task-1\npriority  0\nloops     2\n");
});

test("messages that are sent again are told as a sentence", () => {
  expect(renderRedelivered({ redelivered: 1, more: false })).toBe("1 message is sent again.\n");
  expect(renderRedelivered({ redelivered: 500, more: true })).toBe(
    "500 messages are sent again. There may be more: ask again.\n",
  );
});

test("status speaks of limits as limits", () => {
  const status = renderStatus({ version: "1", memoryLimitMb: 512, tasks: { queued: 0 }, runs: { live: 0, max: 2 } });
  expect(status.split("\n").slice(1)).toEqual([
    "memory limit  512 MB",
    "tasks         none",
    "runs          0 of at most 2",
    "",
  ]);
});
