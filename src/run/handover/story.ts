/** A task's story, stage by stage: which role had it, what came of it, and which gates were green. */
import * as z from "zod";
import { iso } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import { OUTCOMES } from "../outcome.ts";
import type { RunRow } from "../run.store.ts";
import { HandedOver, readHandedOver } from "./handed-over.ts";

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
});

export type StoryStage = z.output<typeof StoryStage>;

/** `runs` in any order; stages in the order in which they were. */
export function storyOf(runs: readonly RunRow[]): StoryStage[] {
  const stages = Map.groupBy(
    runs.toSorted((a, b) => a.id - b.id),
    ({ stage }) => stage,
  );
  return [...stages].map(([stage, rows]) => stageOf(stage, rows)).toSorted((a, b) => a.stage - b.stage);
}

function stageOf(stage: number, rows: readonly RunRow[]): StoryStage {
  const agents = rows.filter(({ gate }) => gate === null);
  const last = agents.at(-1);
  const since = rows.filter(({ gate, id }) => gate !== null && id > (last?.id ?? 0));
  // A gate that was lost was run again: the last word of each counts.
  const gates = [...Map.groupBy(since, ({ gate }) => gate).values()].flatMap((goes) => goes.at(-1) ?? []);
  const ends = rows.map(({ ended_at }) => ended_at);
  return {
    stage: stage + 1,
    role: rows[0]?.role ?? "",
    agent: (last ?? rows[0])?.agent ?? "",
    startedAt: iso(rows[0]?.created_at ?? null),
    endedAt: ends.includes(null) ? null : iso(Math.max(...ends.map(Number))),
    goes: agents.length,
    last: last ? told(last) : null,
    gates: gates.map((run) => ({ gate: run.gate ?? "", ...told(run) })),
  };
}

function told(run: RunRow): z.output<typeof Told> {
  return {
    runId: publicId("run", run.id),
    outcome: run.outcome,
    reason: run.reason,
    left: readHandedOver(run),
  };
}
