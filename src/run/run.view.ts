/** A run as callers see it. */
import * as z from "zod";
import type { AgentNews } from "../agent/agent-event.ts";
import { newsLine } from "../agent/news-line.ts";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { maskJson, maskText } from "../trust/mask.ts";
import type { Activity } from "./dialogue/dialogue-run.ts";
import { readTold, toldOf } from "./dialogue/session.ts";
import { OUTCOMES } from "./outcome.ts";
import { asInJson } from "./process/mask.ts";
import type { RunRow } from "./run.store.ts";

export const RunView = z.object({
  runId: z.string(),
  taskId: z.string(),
  number: z.int().describe("The how-manieth run of its task."),
  stage: z.int().describe("The stage of its task that it is part of, counted from 1."),
  role: z.string(),
  agent: z.string(),
  definitionVersion: z.int().describe("Of the agent's definition, as it was when this was claimed."),
  programVersion: z.string().nullable().describe("Of the agent's program, in its own words; null where it tells none."),
  gate: z.string().nullable().describe("The gate that it is; null: its agent's go at the task."),
  claimedBy: z
    .string()
    .nullable()
    .describe("Who had it started, as `work --owner` says it; null: the daemon by itself."),
  state: z.enum(["starting", "running", "stopping", "ended"]),
  outcome: z.enum(OUTCOMES).nullable(),
  reason: z.string().nullable(),
  exitCode: z.int().nullable().describe("128 + n: ended by signal n."),
  custody: z.string().nullable().describe("How its processes are held together."),
  pid: z.int().nullable().describe("Its wrapper's."),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  session: z.string().nullable().describe("The vendor's own id of the conversation."),
  model: z.string().nullable(),
  activity: z
    .object({
      last: z.string().nullable().describe("What it did last, while it lives on this host."),
      question: z.string().nullable().describe("The approval that a person is asked for, as approval-7."),
      inputTokens: z.int(),
      outputTokens: z.int(),
      cacheReadTokens: z.int(),
      cacheWriteTokens: z.int(),
      costUsd: z.number().nullable().describe("As the agent estimates it."),
    })
    .nullable()
    .describe("What its agent tells of itself; null for one that is not talked with."),
});

/** What is known of a run here while it lives, and what nobody may see of that: of a run that has ended it is taken out already. */
export interface Shown {
  readonly live: Activity | undefined;
  readonly secrets: readonly string[];
}

export function runView(row: RunRow, { live, secrets }: Shown = ENDED): z.input<typeof RunView> {
  const mask = asInJson(secrets);
  const told = live ? toldOf(live.state, mask) : readTold(row.told);
  const session = live?.state.session ?? row.session;
  const last = live?.last ? newsLine(maskJson(live.last, mask) as AgentNews) : null;
  return {
    runId: publicId("run", row.id),
    taskId: publicId("task", row.task_id),
    number: row.number,
    stage: row.stage + 1,
    role: row.role,
    agent: row.agent,
    definitionVersion: row.agent_version,
    programVersion: told?.version ?? null,
    gate: row.gate,
    claimedBy: row.claimed_by,
    state: row.state === "running" && row.stop_reason !== null ? "stopping" : row.state,
    outcome: row.outcome,
    reason: row.reason,
    exitCode: row.exit_code,
    custody: row.custody,
    pid: row.pid,
    createdAt: iso(row.created_at),
    startedAt: iso(row.launched_at),
    endedAt: iso(row.ended_at),
    session: session === null ? null : maskText(session, mask),
    model: told?.model ?? null,
    activity: told ? { last, question: live?.approvalId ?? null, ...told.usage } : null,
  };
}

const ENDED: Shown = { live: undefined, secrets: [] };
