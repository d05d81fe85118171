/** A task's story, stage by stage: which role had it, what came of it, which gates were green, and who got it next. */
import * as z from "zod";
import { iso } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import { OUTCOMES } from "../outcome.ts";
import type { RunRow } from "../run.store.ts";
import { HandedOver, readHandedOver } from "./handed-over.ts";
import type { HistoryEvent } from "./history.store.ts";

const Told = z.object({
  runId: z.string(),
  outcome: z.enum(OUTCOMES).nullable().describe("null: it has not ended."),
  reason: z.string().nullable(),
  left: HandedOver.nullable(),
});

export const StoryStage = z.object({
  stage: z.int().describe("Counted from 1."),
  role: z.string(),
  agent: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable().describe("null: it is this stage now."),
  goes: z.int().describe("How many runs its agent had, the failed ones included."),
  last: Told.nullable().describe("The last run of its agent."),
  gates: z.array(Told.extend({ gate: z.string() })).describe("Those of the last time that its agent said it was done."),
  redBefore: z
    .array(
      z.object({
        gate: z.string(),
        times: z.int(),
        runId: z.string().describe("The last of them."),
        reason: z.string().nullable(),
      }),
    )
    .describe("Gates that were red after earlier goes of its agent in this stage."),
  handedOn: z
    .object({ toRole: z.string(), because: z.enum(["completed", "failed"]) })
    .nullable()
    .describe("Who got the task after it; null: nobody, or that is no longer kept."),
});

export type StoryStage = z.output<typeof StoryStage>;

export const ByHand = z.object({
  at: z.string(),
  by: z.string().describe("Who, as person:ada."),
  what: z.enum(["resumed", "retried"]),
  note: z.string().nullable().describe("What they said to it."),
  as: z.string().nullable().describe("The task that does it again; null unless it was retried."),
});

export type ByHand = z.output<typeof ByHand>;

/** `runs` in any order; stages in the order in which they were. */
export function storyOf(runs: readonly RunRow[], history: readonly HistoryEvent[] = []): StoryStage[] {
  const stages = Map.groupBy(
    runs.toSorted((a, b) => a.id - b.id),
    ({ stage }) => stage,
  );
  return [...stages]
    .map(([stage, rows]) => ({ ...stageOf(stage, rows), handedOn: handedOn(stage + 1, history) }))
    .toSorted((a, b) => a.stage - b.stage);
}

/** The oldest first. */
export function byHandOf(history: readonly HistoryEvent[]): ByHand[] {
  return history.flatMap((event): ByHand[] => {
    const said = { at: iso(event.at), by: event.actor };
    if (event.topic === "task.resumed") return [{ ...said, what: "resumed", note: event.data.note, as: null }];
    if (event.topic !== "task.retried") return [];
    return [{ ...said, what: "retried", note: event.data.reason ?? null, as: event.data.as }];
  });
}

/** The event tells of the stage that comes. */
function handedOn(stage: number, history: readonly HistoryEvent[]): StoryStage["handedOn"] {
  const to = history.flatMap((event) =>
    event.topic === "task.handed_on" && event.data.stage === stage + 1 ? [event.data] : [],
  );
  const last = to.at(-1);
  return last ? { toRole: last.toRole, because: last.because } : null;
}

function stageOf(stage: number, rows: readonly RunRow[]): Omit<StoryStage, "handedOn"> {
  const agents = rows.filter(({ gate }) => gate === null);
  const last = agents.at(-1);
  const isSince = ({ id }: RunRow) => id > (last?.id ?? 0);
  const gates = rows.filter(({ gate }) => gate !== null);
  const ends = rows.map(({ ended_at }) => ended_at);
  return {
    stage: stage + 1,
    role: rows[0]?.role ?? "",
    agent: (last ?? rows[0])?.agent ?? "",
    startedAt: iso(rows[0]?.created_at ?? null),
    endedAt: ends.includes(null) ? null : iso(Math.max(...ends.map(Number))),
    goes: agents.length,
    last: last ? told(last) : null,
    // A gate that was lost was run again: the last word of each counts.
    gates: [...Map.groupBy(gates.filter(isSince), ({ gate }) => gate).values()].flatMap((goes) => {
      const run = goes.at(-1);
      return run ? [{ gate: run.gate ?? "", ...told(run) }] : [];
    }),
    redBefore: redOnes(gates.filter((run) => !isSince(run))),
  };
}

function redOnes(gates: readonly RunRow[]): StoryStage["redBefore"] {
  const red = gates.filter(({ outcome }) => outcome === "failed");
  return [...Map.groupBy(red, ({ gate }) => gate ?? "")].flatMap(([gate, runs]) => {
    const last = runs.at(-1);
    return last ? [{ gate, times: runs.length, runId: publicId("run", last.id), reason: last.reason }] : [];
  });
}

function told(run: RunRow): z.output<typeof Told> {
  return {
    runId: publicId("run", run.id),
    outcome: run.outcome,
    reason: run.reason,
    left: readHandedOver(run),
  };
}
