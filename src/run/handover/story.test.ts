import { expect, test } from "vitest";
import type { RunRow } from "../run.store.ts";
import type { HistoryEvent } from "./history.store.ts";
import { byHandOf, storyOf } from "./story.ts";

const aRun = (id: number, rest: Partial<RunRow> = {}) =>
  ({
    ...{ id, stage: 0, role: "builder", agent: "bob", gate: null, outcome: "completed", reason: null, handover: null },
    ...{ created_at: id, ended_at: id },
    ...rest,
  }) as RunRow;

const red = (id: number, gate: string) =>
  aRun(id, { gate, outcome: "failed", reason: `gate ${gate} is red (exit ${id})` });
const green = (id: number, gate: string) => aRun(id, { gate });

test("gates of the last go are told each, of earlier goes only how often one was red", () => {
  const lost = aRun(6, { gate: "test", outcome: "lost" });
  const runs = [
    aRun(1),
    green(2, "lint"),
    red(3, "test"),
    aRun(4),
    green(5, "lint"),
    lost,
    red(7, "test"),
    aRun(8),
    red(9, "lint"),
  ];
  expect(storyOf(runs.toReversed())).toMatchObject([
    {
      goes: 3,
      last: { runId: "run-8" },
      gates: [{ gate: "lint", runId: "run-9", outcome: "failed" }],
      redBefore: [{ gate: "test", times: 2, runId: "run-7", reason: "gate test is red (exit 7)" }],
    },
  ]);
});

const said = { at: 0, actor: "person:ada" } as const;
const handedOn = (stage: number, toRole: string, because: "completed" | "failed"): HistoryEvent => ({
  ...{ ...said, topic: "task.handed_on" },
  data: { fromRole: "builder", toRole, stage, loops: 0, because },
});

test("each stage knows who got the task after it; where that is no longer kept, nobody is told", () => {
  const runs = [aRun(1), aRun(2, { stage: 1 }), aRun(3, { stage: 2 })];
  const history = [handedOn(3, "builder", "failed"), handedOn(4, "tester", "completed")];
  expect(storyOf(runs, history).map((stage) => stage.handedOn)).toEqual([
    null,
    { toRole: "builder", because: "failed" },
    { toRole: "tester", because: "completed" },
  ]);
});

test("what people did by hand is told with who did it and what they said", () => {
  const history: HistoryEvent[] = [
    handedOn(2, "tester", "completed"),
    { ...said, topic: "task.resumed", data: { note: null, was: "person" } },
    { ...said, topic: "task.retried", data: { as: "task-9" } },
  ];
  const at = "1970-01-01T00:00:00.000Z";
  expect(byHandOf(history)).toEqual([
    { at, by: "person:ada", what: "resumed", note: null, as: null },
    { at, by: "person:ada", what: "retried", note: null, as: "task-9" },
  ]);
});
