/** A run as callers see it. */
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { OUTCOMES } from "./outcome.ts";
import type { RunRow } from "./run.store.ts";

export const RunView = z.object({
  runId: z.string(),
  taskId: z.string(),
  number: z.int().describe("The how-manieth run of its task."),
  role: z.string(),
  agent: z.string(),
  agentVersion: z.int(),
  state: z.enum(["starting", "running", "stopping", "ended"]),
  outcome: z.enum(OUTCOMES).nullable(),
  reason: z.string().nullable(),
  exitCode: z.int().nullable().describe("128 + n: ended by signal n."),
  custody: z.string().nullable().describe("How its processes are held together."),
  pid: z.int().nullable().describe("Its wrapper's."),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

export function runView(row: RunRow): z.input<typeof RunView> {
  return {
    runId: publicId("run", row.id),
    taskId: publicId("task", row.task_id),
    number: row.number,
    role: row.role,
    agent: row.agent,
    agentVersion: row.agent_version,
    state: row.state === "running" && row.stop_reason !== null ? "stopping" : row.state,
    outcome: row.outcome,
    reason: row.reason,
    exitCode: row.exit_code,
    custody: row.custody,
    pid: row.pid,
    createdAt: iso(row.created_at),
    startedAt: iso(row.launched_at),
    endedAt: iso(row.ended_at),
  };
}
