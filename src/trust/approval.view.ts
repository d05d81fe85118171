/** An approval as callers see it: known secrets are masked, everything else is exactly what the agent asked. */
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { ApprovalRow } from "./approval.store.ts";
import { APPROVAL_STATES, EXPIRED_BECAUSE } from "./approval.ts";
import type { ListedApproval } from "./approval-list.store.ts";
import { maskJson, maskText } from "./mask.ts";

export const ApprovalSummary = z.object({
  approvalId: z.string(),
  state: z.enum(APPROVAL_STATES),
  taskId: z.string(),
  runId: z.string().describe("The run that asked."),
  agent: z.string(),
  tool: z.string().describe("As the agent calls it."),
  title: z.string().nullable().describe("In the agent's words."),
  digest: z
    .string()
    .nullable()
    .describe("SHA-256 of the input: give it with the answer, and it counts for nothing else."),
  askedAt: z.string(),
  expiresAt: z.string().describe("Without an answer until then it is a no."),
  decidedAt: z.string().nullable(),
  decidedBy: z.string().nullable(),
  note: z.string().nullable().describe("What whoever answered said."),
  expiredBecause: z.enum(EXPIRED_BECAUSE).nullable(),
  usedAt: z.string().nullable().describe("When the agent was told; it counts once."),
  takenByRunId: z.string().nullable().describe("A later run that asked the same and was given this answer."),
});

export const ApprovalView = ApprovalSummary.extend({
  why: z.string().nullable().describe("In the agent's words."),
  input: z.unknown().describe("What the tool is to be given, whole."),
  unseen: z.boolean().describe("The input could not be kept, and the question was denied: `note` says why."),
});

export function approvalSummary(row: ListedApproval, secrets: readonly string[]): z.input<typeof ApprovalSummary> {
  const masked = (text: string | null) => (text === null ? null : maskText(text, secrets));
  return {
    approvalId: publicId("approval", row.id),
    state: row.state,
    taskId: publicId("task", row.task_id),
    runId: publicId("run", row.run_id),
    agent: row.agent,
    tool: maskText(row.tool, secrets),
    title: masked(row.title),
    digest: row.digest,
    askedAt: iso(row.asked_at),
    expiresAt: iso(row.expires_at),
    decidedAt: iso(row.decided_at),
    decidedBy: row.decided_by,
    note: masked(row.note),
    expiredBecause: row.expired_because,
    usedAt: iso(row.used_at),
    takenByRunId: row.taken_run_id === null ? null : publicId("run", row.taken_run_id),
  };
}

export function approvalView(row: ApprovalRow, secrets: readonly string[]): z.input<typeof ApprovalView> {
  return {
    ...approvalSummary(row, secrets),
    why: row.why === null ? null : maskText(row.why, secrets),
    input: row.input === null ? null : maskJson(JSON.parse(row.input), secrets),
    unseen: row.input === null,
  };
}
