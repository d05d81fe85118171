/** All SQL of how an approval ends: by somebody's answer, or because nobody is waited for any longer. What has ended stays so. */
import type { Actor } from "../core/actor.ts";
import { actorLabel } from "../core/actor.ts";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import { type ApprovalRow, approvalById, concerns } from "./approval.store.ts";
import { type ExpiredBecause, mayAnswer } from "./approval.ts";

export interface Answer {
  readonly id: number;
  readonly state: "approved" | "denied";
  readonly actor: Actor;
  readonly note: string | null;
  /** Of the input that was shown to whoever answers. */
  readonly digest?: string | undefined;
}

/** Of twenty who answer at once one is right; the others are refused with `conflict`, which tells who answered what. */
export async function answerApproval(tx: Tx, { id, state, actor, note, digest }: Answer): Promise<ApprovalRow> {
  if (!mayAnswer(actor)) refuse("denied", "An agent cannot answer an approval, neither its own nor another's.");
  const before = await approvalById(tx, id);
  if (!before) return noSuchApproval(publicId("approval", id));
  if (before.state !== "pending") return refuseDecided(before);
  if (before.expires_at <= tx.now()) {
    return refuse("conflict", `${publicId("approval", id)} was open until ${iso(before.expires_at)}.`, {
      data: { state: "expired" },
    });
  }
  if (digest !== undefined && digest !== before.digest) {
    return refuse("conflict", `${publicId("approval", id)} asks for something else than what was shown.`, {
      hint: `Look at it again: \`steward approval show ${publicId("approval", id)}\`.`,
      data: { digest: before.digest },
    });
  }
  const row = await tx.get<ApprovalRow>(
    `UPDATE approval SET state = ?, decided_at = ?, decided_by = ?, note = ? WHERE id = ? AND state = 'pending' RETURNING *`,
    state,
    tx.now(),
    actorLabel(actor),
    note,
    id,
  );
  if (!row) throw new Error(`approval ${id} was no longer pending`);
  const event = { actor: actorLabel(actor), ...concerns(row) };
  const data = { approvalId: publicId("approval", id), tool: row.tool, note };
  if (state === "approved") await appendEvent(tx, { topic: "approval.approved", ...event, data });
  else await appendEvent(tx, { topic: "approval.denied", ...event, data });
  return row;
}

/** The agent no longer wants to know. False when it was decided before. */
export async function withdrawApproval(tx: Tx, id: number): Promise<boolean> {
  const row = await approvalById(tx, id);
  if (!row) return false;
  return (await expire(tx, "id = ?", id, "withdrawn", `agent:${row.agent}`)).length > 0;
}

/** What this run still asks is asked by nobody any more. */
export function expireOfRun(tx: Tx, runId: number): Promise<ApprovalRow[]> {
  return expire(tx, "run_id = ?", runId, "run_ended", "host:runs");
}

/** What a parked task waited for, when it goes on or ends without an answer. */
export function expireOfTask(tx: Tx, taskId: number): Promise<ApprovalRow[]> {
  return expire(tx, "task_id = ?", taskId, "task_went_on", "host:tasks");
}

/** Those whose time is up, the earliest first, `most` at once. */
export function expireInTime(tx: Tx, most: number): Promise<ApprovalRow[]> {
  const due = "id IN (SELECT id FROM approval WHERE state = 'pending' AND expires_at <= ? ORDER BY expires_at LIMIT";
  return expire(tx, `${due} ${most})`, tx.now(), "time", "host:clock");
}

/** Whoever is asked has a while, not until a moment of the wall clock: they keep it when that clock is set. */
export async function shiftExpiries(tx: Tx, byMs: number): Promise<void> {
  await tx.run("UPDATE approval SET expires_at = expires_at + ? WHERE state = 'pending'", byMs);
}

export async function hasPending(read: Reader, taskId: number): Promise<boolean> {
  const row = await read.get("SELECT 1 AS yes FROM approval WHERE task_id = ? AND state = 'pending' LIMIT 1", taskId);
  return row !== undefined;
}

export function noSuchApproval(reference: string): never {
  return refuse("not_found", `There is no approval "${reference}".`, {
    hint: "`steward approval list` shows what there is.",
    data: { approvalId: reference },
  });
}

async function expire(
  tx: Tx,
  which: string,
  param: number,
  because: ExpiredBecause,
  actor: string,
): Promise<ApprovalRow[]> {
  const rows = await tx.all<ApprovalRow>(
    `UPDATE approval SET state = 'expired', decided_at = ?, decided_by = ?, expired_because = ?
     WHERE state = 'pending' AND ${which} RETURNING *`,
    tx.now(),
    actor,
    because,
    param,
  );
  for (const row of rows) {
    const data = { approvalId: publicId("approval", row.id), tool: row.tool, because };
    await appendEvent(tx, { topic: "approval.expired", actor, ...concerns(row), data });
  }
  return rows;
}

function refuseDecided(row: ApprovalRow): never {
  const id = publicId("approval", row.id);
  const how = row.state === "expired" ? "expired" : `was ${row.state} by ${row.decided_by}`;
  return refuse("conflict", `${id} ${how} at ${iso(row.decided_at)}: that is final.`, {
    data: { state: row.state, decidedBy: row.decided_by, decidedAt: iso(row.decided_at) },
  });
}
