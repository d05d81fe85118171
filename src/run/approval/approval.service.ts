/** What approvals and tasks do to each other: an answer lets the task go on that waits for it, and the end of a run ends its questions. */

import { actorLabel } from "../../core/actor.ts";
import { publicId } from "../../core/ids.ts";
import type { Tx } from "../../store/store.ts";
import { resettle } from "../../task/need.store.ts";
import { type TaskRow, taskById } from "../../task/task.store.ts";
import { moveTask } from "../../task/task-move.store.ts";
import type { ApprovalRow } from "../../trust/approval.store.ts";
import { approvalsOfRun } from "../../trust/approval.store.ts";
import { type Answer, answerApproval, expireOfRun, hasPending } from "../../trust/approval-end.store.ts";
import type { After } from "../after.ts";
import type { RunRow } from "../run.store.ts";

/** The task that is parked for it is queued in the same transaction, with the last answer that it waits for. */
export async function answer(tx: Tx, given: Answer): Promise<ApprovalRow> {
  const row = await answerApproval(tx, given);
  const task = await waitingTask(tx, row.task_id);
  if (task) await resettle(tx, task, { release: true, actor: actorLabel(given.actor) });
  return row;
}

/** A task that waited for an answer in vain waits for a person: asking again and again by itself would only cost. */
export async function parkUnanswered(tx: Tx, expired: readonly ApprovalRow[]): Promise<void> {
  for (const { id, task_id } of expired) {
    const task = await waitingTask(tx, task_id);
    const note = `${publicId("approval", id)} expired unanswered; \`steward task resume\` lets it ask again.`;
    if (task) await moveTask(tx, task, { to: "parked", actor: "host:clock", parked: { ...PERSON, note } });
  }
}

const PERSON = { reason: "person", until: null } as const;

/**
 * To be called with the end of a run: unless its task is parked for them, its open questions expire. One that was answered
 * between the agent's going and this moment has nothing to wait for: the task goes on at once. Where nothing is left to be
 * answered of all that it asked, a person has to say how it goes on.
 */
export async function settleApprovals(tx: Tx, run: RunRow, after: After): Promise<After> {
  if (after.parked?.reason !== "approval") {
    await expireOfRun(tx, run.id);
    return after;
  }
  const { parked, ...rest } = after;
  const known = await approvalsOfRun(tx, run.id);
  if (known.length === 0) return after;
  const asked = known.filter(({ run_id }) => run_id === run.id);
  if (asked.some(({ state }) => state === "pending")) return after;
  const isAnswered = ({ state, used_at }: ApprovalRow) =>
    used_at === null && (state === "approved" || state === "denied");
  if (asked.some(isAnswered)) return { ...rest, to: "queued" };
  const note = "It waits for an approval, and none is open; `steward task resume` lets it ask again.";
  return { ...rest, to: "parked", parked: { ...PERSON, note } };
}

/** The task, when it is parked for approvals of which none is open any more. */
async function waitingTask(tx: Tx, taskId: number): Promise<TaskRow | undefined> {
  const task = await taskById(tx, taskId);
  if (task?.state !== "parked" || task.parked_reason !== "approval") return undefined;
  return (await hasPending(tx, taskId)) ? undefined : task;
}
