import { expect, test } from "vitest";
import { renderTask } from "./task.ts";

const left = (summary: string) => ({ summary, value: null, output: null, cut: false });
const ran = (runId: string, rest: object = {}) => ({ runId, outcome: "completed", reason: null, left: null, ...rest });

test("a task's story is told stage by stage, with what each said and which gates were green", () => {
  const stages = [
    {
      ...{ stage: 1, role: "builder", agent: "claude", goes: 2, last: ran("run-2", { left: left("Built\nit.") }) },
      gates: [
        { gate: "lint", ...ran("run-3", { left: left("No\nwarnings.") }) },
        { gate: "test", ...ran("run-4", { outcome: "failed", reason: "gate test is red (exit 1)" }) },
      ],
    },
    { stage: 2, role: "refiner", agent: "\u001b[2Jcodex", goes: 1, last: ran("run-5", { outcome: null }), gates: [] },
  ];
  const text = renderTask({ taskId: "task-1", loops: 0, stages });
  expect(text.split("\n").slice(1)).toEqual([
    "story:",
    "  1. builder, claude: completed (run-2, after 2 goes): Built it.",
    "     gate lint is green (run-3): No warnings.",
    "     gate test is red (exit 1) (run-4)",
    "  2. refiner, \\e[2Jcodex: at work (run-5)",
    "",
  ]);
});

test("a task that had one stage and no gate has no story beside its runs", () => {
  const stages = [{ stage: 1, role: "default", agent: "sh", goes: 1, last: ran("run-1"), gates: [] }];
  expect(renderTask({ taskId: "task-1", stages })).toBe("task  task-1\n");
});
