/** The one way in which a task goes from state to state. */
import { appendEvent } from "../event/event.store.ts";
import type { Tx } from "../store/store.ts";
import { expireOfTask } from "../trust/approval-end.store.ts";
import { EVENT_OF_STATE } from "./task.events.ts";
import { schedulingClass, type TaskRow } from "./task.store.ts";
import { isFinal, mayBecome, type ParkedReason, type TaskState } from "./task.ts";

export interface Move {
  readonly to: TaskState;
  readonly actor: string;
  readonly runId?: number;
  readonly blockedBy?: number;
  readonly openChildren?: number;
  readonly rollsUp?: boolean;
  readonly notBefore?: number | null;
  readonly parked?: { readonly reason: ParkedReason; readonly note: string | null; readonly until: number | null };
  readonly attemptsSpent?: number;
  readonly loops?: number;
  readonly gate?: number;
  readonly awaitsChildren?: boolean;
  /** Another role has the next stage; `agent`: only this one may fill it. */
  readonly handsOn?: { readonly role: string; readonly agent: string | null };
  readonly endReason?: string | null;
}

/** The one way in which a task changes state: compare-and-set, with its event. Returns the row as it is afterwards. */
export async function moveTask(tx: Tx, row: TaskRow, move: Move): Promise<TaskRow> {
  if (isFinal(row.state) || (row.state !== move.to && !mayBecome(row.state, move.to))) {
    throw new Error(`task ${row.id} may not go from ${row.state} to ${move.to}`);
  }
  const now = tx.now();
  const next: TaskRow = {
    ...row,
    state: move.to,
    blocked_by: move.blockedBy ?? row.blocked_by,
    open_children: move.openChildren ?? row.open_children,
    rolls_up: move.rollsUp === undefined ? row.rolls_up : Number(move.rollsUp),
    not_before: move.notBefore === undefined ? row.not_before : move.notBefore,
    parked_reason: move.parked?.reason ?? null,
    parked_note: move.parked?.note ?? null,
    parked_until: move.parked?.until ?? null,
    held_by: move.to === "parked" ? row.held_by : null,
    attempts_spent: move.attemptsSpent ?? row.attempts_spent,
    loops: move.loops ?? row.loops,
    gate: move.gate ?? row.gate,
    awaits_children: Number(move.awaitsChildren ?? false),
    ...(move.handsOn && (await nextStage(tx, row, move.handsOn))),
    end_reason: move.endReason === undefined ? row.end_reason : move.endReason,
    updated_at: now,
    finished_at: isFinal(move.to) ? now : null,
  };
  const update = tx.run(
    `UPDATE task SET state = ?, blocked_by = ?, open_children = ?, rolls_up = ?, not_before = ?, parked_reason = ?,
       parked_note = ?, parked_until = ?, held_by = ?, attempts_spent = ?, loops = ?, stage = ?, gate = ?, awaits_children = ?,
       role = ?, agent = ?, class_id = ?, end_reason = ?, updated_at = ?, finished_at = ? WHERE id = ? AND state = ?`,
    next.state,
    next.blocked_by,
    next.open_children,
    next.rolls_up,
    next.not_before,
    next.parked_reason,
    next.parked_note,
    next.parked_until,
    next.held_by,
    next.attempts_spent,
    next.loops,
    next.stage,
    next.gate,
    next.awaits_children,
    next.role,
    next.agent,
    next.class_id,
    next.end_reason,
    now,
    next.finished_at,
    row.id,
    row.state,
  );
  const event = appendEvent(tx, {
    topic: EVENT_OF_STATE[move.to],
    actor: move.actor,
    projectId: row.project_id,
    taskId: row.id,
    ...(move.runId !== undefined && { runId: move.runId }),
    data: {
      from: row.state,
      ...(move.parked && { reason: move.parked.reason, note: move.parked.note, until: move.parked.until }),
      ...(move.endReason && { reason: move.endReason }),
      ...(move.to === "scheduled" && { notBefore: next.not_before }),
    },
  });
  const [{ changes }] = await Promise.all([update, event]);
  if (changes !== 1) throw new Error(`task ${row.id} was no longer ${row.state}`);
  // Whatever takes it out of the wait, what it waited for is asked no longer.
  if (row.parked_reason === "approval") await expireOfTask(tx, row.id);
  return next;
}

/** Where it came in is kept: a retry begins there, and an agent that was asked for by name does its own role only. */
async function nextStage(tx: Tx, row: TaskRow, { role, agent }: NonNullable<Move["handsOn"]>) {
  await tx.run(
    "UPDATE task_detail SET entry_role = ?, entry_agent = ? WHERE task_id = ? AND entry_role IS NULL",
    row.role,
    row.agent,
    row.id,
  );
  const class_id = await schedulingClass(tx, { projectId: row.project_id, role, agent });
  return { role, agent, class_id, stage: row.stage + 1 };
}
