/** All SQL of asking for an approval and of using the decision: a question is recorded once, and its decision is handed out once. */
import type { Limits } from "../config/limits.ts";
import { publicId } from "../core/ids.ts";
import { refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import {
  type ApprovalState,
  type Asked,
  cutWords,
  type ExpiredBecause,
  MAX_TITLE,
  MAX_TOOL,
  MAX_WHY,
  type Question,
  readQuestion,
} from "./approval.ts";

export interface ApprovalRow {
  readonly id: number;
  readonly project_id: number;
  readonly task_id: number;
  /** The run that asked. */
  readonly run_id: number;
  readonly agent: string;
  readonly key: string;
  readonly tool: string;
  /** JSON; null when it could not be shown whole and was denied unseen. */
  readonly input: string | null;
  readonly digest: string | null;
  readonly title: string | null;
  readonly why: string | null;
  readonly state: ApprovalState;
  readonly asked_at: number;
  readonly expires_at: number;
  readonly decided_at: number | null;
  readonly decided_by: string | null;
  readonly note: string | null;
  readonly expired_because: ExpiredBecause | null;
  readonly used_at: number | null;
  /** A later run of the same task that asked the same and was given this decision. */
  readonly taken_run_id: number | null;
  readonly taken_key: string | null;
}

/** Longest key, in characters. */
const MAX_KEY = 500;

export type AskLimits = Pick<Limits, "approvalSeconds" | "approvalInputBytes" | "runApprovals">;

/**
 * The approval of this question: the same one however often it is asked under its key, also after a restart. A decision
 * that an earlier run of the task got and never used answers the same tool and input of a later one, once; then the row is
 * the earlier one, now `taken` by this run. What cannot be shown whole is denied at once. Refuses with `invalid_input` when the key is none, with `conflict` when the
 * run has ended (or is to) or the key stood for something else before, and with `too_large` when the run asks too often: to the agent
 * each of these is a no.
 */
export async function askApproval(tx: Tx, question: Question, limits: AskLimits): Promise<ApprovalRow> {
  const { runId, tool } = question;
  const key = mustBeKey(question.key);
  const asked = readQuestion(question, limits);
  const known = await approvalByKey(tx, runId, key);
  if (known) return sameQuestion(known, tool, asked);
  const run = await mustLive(tx, runId);
  const earlier = asked.digest === null ? undefined : await unusedDecision(tx, run, tool, asked.digest);
  if (earlier) return await takeOver(tx, earlier, runId, key);
  await refuseTooMany(tx, runId, limits);
  return await insert(tx, { ...question, key }, run, asked, limits);
}

/** Those that it asked, and decisions of earlier runs that it took over; the oldest first. */
export function approvalsOfRun(read: Reader, runId: number): Promise<ApprovalRow[]> {
  return read.all<ApprovalRow>("SELECT * FROM approval WHERE run_id = ? OR taken_run_id = ? ORDER BY id", runId, runId);
}

export function approvalById(read: Reader, id: number): Promise<ApprovalRow | undefined> {
  return read.get<ApprovalRow>("SELECT * FROM approval WHERE id = ?", id);
}

/**
 * To be called by whoever is about to hand the decision to the agent, in a transaction of its own before it does: true
 * exactly once. After false nothing but the very question that it was used for (its run and key) may be told it, by
 * somebody who cannot know whether the agent heard it before a crash; and while it is pending, nobody.
 */
export async function useApproval(tx: Tx, id: number): Promise<boolean> {
  const row = await tx.get<ApprovalRow>(
    "UPDATE approval SET used_at = ? WHERE id = ? AND state <> 'pending' AND used_at IS NULL RETURNING *",
    tx.now(),
    id,
  );
  if (!row) return false;
  await appendEvent(tx, {
    topic: "approval.used",
    actor: `agent:${row.agent}`,
    ...concerns(row),
    runId: row.taken_run_id ?? row.run_id,
    data: { approvalId: publicId("approval", id), tool: row.tool },
  });
  return true;
}

/** What an event about an approval belongs to. */
export function concerns({ project_id, task_id, run_id }: ApprovalRow) {
  return { projectId: project_id, taskId: task_id, runId: run_id };
}

function approvalByKey(tx: Tx, runId: number, key: string): Promise<ApprovalRow | undefined> {
  return tx.get<ApprovalRow>(
    "SELECT * FROM approval WHERE (run_id = ? AND key = ?) OR (taken_run_id = ? AND taken_key = ?)",
    runId,
    key,
    runId,
    key,
  );
}

/** A yes to one thing must never become a yes to another, whatever the agent calls it. */
function sameQuestion(known: ApprovalRow, tool: string, { digest }: Asked): ApprovalRow {
  if (known.tool === cutWords(tool, MAX_TOOL) && known.digest === digest) return known;
  const id = publicId("approval", known.id);
  return refuse("conflict", `The question that ${id} answers was asked again with another tool or input.`, {
    hint: "Ask under a key of its own.",
    data: { approvalId: id },
  });
}

interface AskingRun {
  readonly id: number;
  readonly project_id: number;
  readonly task_id: number;
  readonly agent: string;
}

/** This room knows a run only as a number, but who asks and for which task is never taken from somebody's word. */
async function mustLive(tx: Tx, runId: number): Promise<AskingRun> {
  const run = await tx.get<AskingRun>(
    "SELECT id, project_id, task_id, agent FROM run WHERE id = ? AND state <> 'ended' AND stop_reason IS NULL",
    runId,
  );
  return (
    run ?? refuse("conflict", `${publicId("run", runId)} has ended, or is being ended: it asks for nothing any more.`)
  );
}

/** Only one run of a task lives at a time, so whoever got it before is gone. */
function unusedDecision(tx: Tx, run: AskingRun, tool: string, digest: string): Promise<ApprovalRow | undefined> {
  return tx.get<ApprovalRow>(
    `SELECT * FROM approval WHERE task_id = ? AND tool = ? AND digest = ? AND state IN ('approved', 'denied')
       AND used_at IS NULL AND coalesce(taken_run_id, run_id) <> ? ORDER BY id LIMIT 1`,
    run.task_id,
    tool,
    digest,
    run.id,
  );
}

async function takeOver(tx: Tx, { id }: ApprovalRow, runId: number, key: string): Promise<ApprovalRow> {
  const row = await tx.get<ApprovalRow>(
    "UPDATE approval SET taken_run_id = ?, taken_key = ? WHERE id = ? RETURNING *",
    runId,
    key,
    id,
  );
  if (!row) throw new Error(`approval ${id} is missing`);
  await appendEvent(tx, {
    topic: "approval.taken",
    actor: `agent:${row.agent}`,
    ...concerns(row),
    runId,
    data: { approvalId: publicId("approval", id), tool: row.tool },
  });
  return row;
}

async function refuseTooMany(tx: Tx, runId: number, { runApprovals }: AskLimits): Promise<void> {
  const row = await tx.get<{ n: number }>("SELECT count(*) AS n FROM approval WHERE run_id = ?", runId);
  if (Number(row?.n ?? 0) < runApprovals) return;
  refuse("too_large", `${publicId("run", runId)} has asked ${runApprovals} times already.`, {
    hint: "Raise limits.runApprovals if an agent may ask that often.",
    data: { limit: runApprovals },
  });
}

async function insert(tx: Tx, question: Question, run: AskingRun, asked: Asked, limits: AskLimits) {
  const now = tx.now();
  const isSeen = asked.input !== null;
  const row = await tx.get<ApprovalRow>(
    `INSERT INTO approval(project_id, task_id, run_id, agent, key, tool, input, digest, title, why, state, asked_at,
       expires_at, decided_at, decided_by, note)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    run.project_id,
    run.task_id,
    run.id,
    run.agent,
    question.key,
    cutWords(question.tool, MAX_TOOL) ?? "",
    asked.input,
    asked.digest,
    cutWords(question.title, MAX_TITLE),
    cutWords(question.why, MAX_WHY),
    isSeen ? "pending" : "denied",
    now,
    now + limits.approvalSeconds * 1000,
    isSeen ? null : now,
    isSeen ? null : "host:limits",
    isSeen ? null : asked.because,
  );
  if (!row) throw new Error("an inserted approval gave no row");
  const approvalId = publicId("approval", row.id);
  const data = { approvalId, agent: row.agent, tool: row.tool, expiresAt: row.expires_at };
  await appendEvent(tx, { topic: "approval.requested", actor: `agent:${row.agent}`, ...concerns(row), data });
  if (!isSeen) {
    const because = { approvalId, tool: row.tool, note: row.note };
    await appendEvent(tx, { topic: "approval.denied", actor: "host:limits", ...concerns(row), data: because });
  }
  return row;
}

/** Kept as it is, because whoever asked looks for its answer by it. */
function mustBeKey(key: string): string {
  const isPlain = key !== "" && key.length <= MAX_KEY && key.isWellFormed() && !key.includes("\0");
  return isPlain ? key : refuse("invalid_input", `A question's key is plain text of 1 to ${MAX_KEY} characters.`);
}
