import { expect, test } from "vitest";
import type { RunOfTask, TaskSeen } from "../waiting.ts";
import { beginLines, gateVerdict } from "./stage-lines.ts";

const aRun = (n: number, rest: Partial<RunOfTask> = {}): RunOfTask => ({
  ...{ runId: `run-${n}`, outcome: null, reason: null, stage: 1, role: "builder", agent: "claude", gate: null },
  ...rest,
});

const aTask = (runs: readonly RunOfTask[], stages: TaskSeen["stages"] = []): TaskSeen => ({
  ...{ taskId: "task-1", state: "running", settled: false, parked: null, endReason: null, notBefore: null },
  runs,
  stages,
});

const told = (runId: string, rest: object = {}) => ({ runId, outcome: "completed", reason: null, left: null, ...rest });
const aStage = (rest: object = {}) => ({
  ...{ stage: 1, role: "builder", agent: "claude", goes: 1, last: told("run-1"), gates: [] },
  ...rest,
});

test("a stage begins with its number, its role, its agent and its run", () => {
  const run = aRun(8, { stage: 2, role: "tester" });
  expect(beginLines(run, undefined, aTask([run]))).toEqual(["stage 2 · tester · claude (run-8)"]);
});

test("a further go of the same stage is counted, without its gates", () => {
  const runs = [aRun(3), aRun(2, { gate: "test" }), aRun(1)];
  expect(beginLines(aRun(3), aRun(2), aTask(runs))).toEqual(["stage 1 · builder · claude, go 2 (run-3)"]);
  expect(beginLines(aRun(2, { gate: "test" }), aRun(1), aTask(runs))).toEqual(["gate test runs (run-2)"]);
});

test.each([
  [{ handedOn: { toRole: "tester", because: "completed" } }, "builder is done"],
  [
    { handedOn: { toRole: "tester", because: "completed" }, gates: [{ gate: "a", ...told("run-2") }] },
    "its gates are green",
  ],
  [
    { handedOn: { toRole: "tester", because: "failed" }, last: told("run-1", { reason: "the agent\nsays: no" }) },
    "the agent says: no",
  ],
  [
    {
      handedOn: { toRole: "tester", because: "failed" },
      gates: [
        { gate: "a", ...told("run-2") },
        { gate: "b", ...told("run-3", { outcome: "failed", reason: "gate b is red (exit 1)" }) },
      ],
    },
    "gate b is red (exit 1)",
  ],
])("a task that was handed on is told to whom, and why: %j", (stage, why) => {
  const run = aRun(4, { stage: 2, role: "tester" });
  expect(beginLines(run, aRun(1), aTask([run], [aStage(stage)]))[0]).toBe(`handed on to tester: ${why}`);
});

const ended = (outcome: string, reason: string | null = null) => ({
  ...{ runId: "run-2", taskId: "task-1", state: "ended", outcome, reason },
  ...{ startedAt: "2030-01-31T10:00:00.000Z", endedAt: "2030-01-31T10:00:03.000Z" },
});
const left = (summary: string | null, output: string | null = null) => ({ left: { summary, output } });

test("a green gate is told with its time, and what it said; integration by its own word", () => {
  const said = aTask([], [aStage({ gates: [{ gate: "test", ...told("run-2", left("12 of 12")) }] })]);
  expect(gateVerdict("test", ended("completed"), aTask([])).line).toBe("gate test is green (3 s)");
  expect(gateVerdict("test", ended("completed"), said).line).toBe("gate test is green (3 s): 12 of 12");
  expect(gateVerdict("integrate", ended("completed"), said).line).toBe("integrated (3 s): 12 of 12");
});

test("a red gate is told with its reason, where all of its output is, and the last lines of it", () => {
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
  const red = { outcome: "failed", ...left(null, `${lines.join("\n\n")}\n`) };
  const task = aTask([], [aStage({ gates: [{ gate: "test", ...told("run-2", red) }] })]);
  expect(gateVerdict("test", ended("failed", "gate test is red (exit 1)"), task)).toEqual({
    line: "gate test is red (exit 1) after 3 s; `steward run output run-2` shows all",
    isGreen: false,
    printed: lines.slice(-8),
  });
});

test("a gate that was lost is not called red", () => {
  const { line, isGreen } = gateVerdict("test", ended("lost", "it was given up"), aTask([]));
  expect({ line, isGreen }).toEqual({
    line: "gate test: lost (it was given up) after 3 s; `steward run output run-2` shows all",
    isGreen: false,
  });
});
