import { expect, test } from "vitest";
import { renderTask } from "./task.ts";

const left = (summary: string) => ({ summary, value: null, output: null, cut: false });
const ran = (runId: string, rest: object = {}) => ({ runId, outcome: "completed", reason: null, left: null, ...rest });

test("a task's story comes first, stage by stage, with what each said and which gates were green", () => {
  const stages = [
    {
      ...{ stage: 1, role: "builder", agent: "claude", goes: 3, last: ran("run-6", { left: left("Built\nit.") }) },
      gates: [
        { gate: "lint", ...ran("run-7", { left: left("No\nwarnings.") }) },
        { gate: "test", ...ran("run-8", { outcome: "failed", reason: "gate test is red (exit 1)" }) },
      ],
      redBefore: [
        { gate: "lint", times: 1, runId: "run-2" },
        { gate: "test", times: 2, runId: "run-5" },
        { gate: "docs", times: 1, runId: "run-4" },
      ],
      handedOn: { toRole: "refiner", because: "failed" },
    },
    { stage: 2, role: "refiner", agent: "\u001b[2Jcodex", goes: 1, last: ran("run-9", { outcome: null }), gates: [] },
  ];
  const text = renderTask({ taskId: "task-1", loops: 0, prompt: "Build it", stages });
  expect(text.split("\n")).toEqual([
    "task  task-1",
    "story:",
    "  1. builder, claude: completed (run-6, after 3 goes): Built it.",
    "     gate docs was red before (run-4)",
    "     gate lint is green (run-7), was red before (run-2): No warnings.",
    "     gate test is red (exit 1) (run-8), was red 2 times before (last run-5)",
    "     → refiner, because it failed",
    "  2. refiner, \\e[2Jcodex: at work (run-9)",
    "prompt  Build it",
    "",
  ]);
});

test("what people did by hand stands where it happened, with what they said", () => {
  const at = (minute: number) => `2030-01-31T10:0${minute}:00.000Z`;
  const stage = (n: number) => ({
    ...{ stage: n, role: "builder", agent: "sh", goes: 1, last: ran(`run-${n}`), gates: [], startedAt: at(2 * n) },
    handedOn: { toRole: "builder", because: "completed" },
  });
  const byHand = [
    { at: at(1), by: "person:ada", what: "resumed", note: null, as: null },
    { at: at(3), by: "person:ada", what: "resumed", note: "The key\nis there.", as: null },
    { at: at(5), by: "person:bob", what: "retried", note: "wanted", as: "task-9" },
  ];
  expect(renderTask({ taskId: "task-1", stages: [stage(1), stage(2)], byHand }).split("\n")).toEqual([
    "task  task-1",
    "story:",
    "     resumed by person:ada at 2030-01-31 10:01:00Z",
    "  1. builder, sh: completed (run-1)",
    "     resumed by person:ada at 2030-01-31 10:03:00Z: The key is there.",
    "  2. builder, sh: completed (run-2)",
    "     → builder",
    "     retried as task-9 by person:bob at 2030-01-31 10:05:00Z: wanted",
    "",
  ]);
});

test("a task that had one stage and no gate has no story beside its runs", () => {
  const stages = [{ stage: 1, role: "default", agent: "sh", goes: 1, last: ran("run-1"), gates: [] }];
  expect(renderTask({ taskId: "task-1", stages })).toBe("task  task-1\n");
});

test("nothing of it is wider than 100 columns, however much was said: what does not fit goes on below, or is cut", () => {
  const long = "word ".repeat(200);
  const stages = [1, 2].map((stage) => ({
    ...{ stage, role: "builder", agent: "claude", goes: 1, last: ran("run-1", { reason: long }), gates: [] },
  }));
  const run = { stage: 1, role: "builder", agent: "claude", gate: null, state: "ended", custody: "namespace", pid: 7 };
  const runs = [{ ...run, runId: "run-1", outcome: "failed", reason: long, startedAt: null, endedAt: null }];
  const lines = renderTask({ taskId: "task-1", stages, runs }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines.filter((line) => line.startsWith("     word"))).toHaveLength(4);
  expect(lines.at(-2)).toMatch(/^ {2}run-1 {2}1 +builder +claude +failed +word .*…$/);
});

test("its loops are told with their limit, and the workflow that it came from", () => {
  const workflow = { name: "release", version: "abc", key: "nightly-1" };
  expect(renderTask({ taskId: "task-1", loops: 1, maxLoops: 3, workflow })).toBe(
    ["task      task-1", "loops     1 of 3", "workflow  release (key nightly-1)", ""].join("\n"),
  );
  expect(renderTask({ taskId: "task-1", loops: 0, maxLoops: 3, workflow: { ...workflow, key: null } })).toBe(
    ["task      task-1", "workflow  release", ""].join("\n"),
  );
});

test("a live run is shown with what it did last, one that has ended with why and how long it took", () => {
  const run = { stage: 1, role: "builder", agent: "claude", gate: null, reason: null, outcome: null, state: "running" };
  const times = { startedAt: "2030-01-31T10:00:00.000Z", endedAt: "2030-01-31T10:01:05.000Z" };
  const runs = [
    { ...run, runId: "run-2", startedAt: null, endedAt: null, activity: { last: "Bash  npm test" } },
    { ...run, ...times, runId: "run-1", outcome: "failed", reason: "exit 1", activity: null },
  ];
  expect(renderTask({ taskId: "task-1", runs }).split("\n").slice(1)).toEqual([
    "runs:",
    "  RUN    STAGE  ROLE     AGENT   OUTCOME  TOOK",
    "  run-2  1      builder  claude  running  -          Bash  npm test",
    "  run-1  1      builder  claude  failed   1 min 5 s  exit 1",
    "",
  ]);
});
