/** All SQL of needs: what waits for what, and what the end of one task does to those that waited for it. */
import type { Reader, Tx } from "../store/store.ts";
import { type Move, moveTask, type TaskRow, taskById } from "./task.store.ts";
import { isFinal, type NeedPolicy, rollUp, type TaskState, waitingState } from "./task.ts";

export interface NeedRow {
  readonly on_task_id: number;
  readonly task_id: number;
  readonly policy: NeedPolicy;
  readonly met: number;
}

export interface NewNeed {
  readonly onTaskId: number;
  readonly policy: NeedPolicy;
  readonly met: boolean;
}

export async function insertNeeds(tx: Tx, taskId: number, needs: readonly NewNeed[]): Promise<void> {
  for (const { onTaskId, policy, met } of needs) {
    await tx.run(
      "INSERT INTO need(on_task_id, task_id, policy, met) VALUES (?, ?, ?, ?)",
      onTaskId,
      taskId,
      policy,
      met ? 1 : 0,
    );
  }
}

export async function deleteNeeds(tx: Tx, taskId: number): Promise<void> {
  await tx.run("DELETE FROM need WHERE task_id = ?", taskId);
}

/** What a task needs, with the state of each. */
export function needsOf(read: Reader, taskId: number): Promise<(NeedRow & { key: string | null; state: TaskState })[]> {
  return read.all(
    `SELECT n.on_task_id, n.task_id, n.policy, n.met, t.key, t.state FROM need n JOIN task t ON t.id = n.on_task_id
     WHERE n.task_id = ? ORDER BY n.on_task_id`,
    taskId,
  );
}

/** Ends a task and carries its end to whoever waited for it, as far as it goes. */
export async function finishTask(tx: Tx, row: TaskRow, move: Move): Promise<TaskRow> {
  const finished = await moveTask(tx, row, move);
  await carryOn(tx, finished);
  return finished;
}

/** Tells those that waited for a task that it has ended; what ends thereby is carried on in turn. */
export async function carryOn(tx: Tx, finished: TaskRow): Promise<void> {
  const ended = [finished];
  for (let next = ended.pop(); next; next = ended.pop()) {
    ended.push(...(await meetNeeds(tx, next)), ...(await failDependents(tx, next)), ...(await tellParent(tx, next)));
  }
}

/** Those that only waited for this one may go. Returns the parents that ended thereby. */
async function meetNeeds(tx: Tx, ended: TaskRow): Promise<TaskRow[]> {
  const met = await tx.all<{ task_id: number }>(
    `UPDATE need SET met = 1 WHERE on_task_id = ? AND met = 0 AND (policy = 'continue' OR ? = 'completed') RETURNING task_id`,
    ended.id,
    ended.state,
  );
  const rolled: TaskRow[] = [];
  for (const { task_id } of met.sort((a, b) => a.task_id - b.task_id)) {
    const waiting = await taskById(tx, task_id);
    if (waiting) rolled.push(...(await waitsForLess(tx, waiting, { blockedBy: waiting.blocked_by - 1 })));
  }
  return rolled;
}

/** Those whose need says `fail` end with it; they are returned, because others may have waited for them. */
async function failDependents(tx: Tx, ended: TaskRow): Promise<TaskRow[]> {
  if (ended.state === "completed") return [];
  const dependents = await tx.all<{ task_id: number }>(
    "SELECT task_id FROM need WHERE on_task_id = ? AND met = 0 AND policy = 'fail' ORDER BY task_id",
    ended.id,
  );
  const failed: TaskRow[] = [];
  for (const { task_id } of dependents) {
    const dependent = await taskById(tx, task_id);
    if (!dependent || (dependent.state !== "blocked" && dependent.state !== "parked")) continue;
    failed.push(await moveTask(tx, dependent, { to: "failed", endReason: "need_failed", actor: "host:needs" }));
  }
  return failed;
}

async function tellParent(tx: Tx, ended: TaskRow): Promise<TaskRow[]> {
  const parent = ended.parent_id === null ? undefined : await taskById(tx, ended.parent_id);
  return parent ? await waitsForLess(tx, parent, { openChildren: parent.open_children - 1 }) : [];
}

/** One thing less to wait for: nothing more to wait for lets a task go, and ends a parent as its children ended. */
async function waitsForLess(
  tx: Tx,
  row: TaskRow,
  left: { readonly blockedBy?: number; readonly openChildren?: number },
): Promise<TaskRow[]> {
  if (isFinal(row.state)) return [];
  const blockedBy = left.blockedBy ?? row.blocked_by;
  const openChildren = left.openChildren ?? row.open_children;
  const waits = row.state === "blocked" || row.parked_reason === "subtasks";
  if (waits && row.rolls_up === 1 && blockedBy === 0 && openChildren === 0) {
    const to = await endOfChildren(tx, row.id);
    const endReason = to === "failed" ? "subtask_failed" : null;
    return [await moveTask(tx, row, { to, blockedBy, openChildren, endReason, actor: "host:roll-up" })];
  }
  if (row.state === "blocked" && row.rolls_up === 0 && blockedBy === 0) {
    const to = waitingState({ blockedBy, notBefore: row.not_before }, tx.now());
    await moveTask(tx, row, { to, blockedBy, openChildren, actor: "host:needs" });
    return [];
  }
  await tx.run(
    "UPDATE task SET blocked_by = ?, open_children = ?, updated_at = ? WHERE id = ?",
    blockedBy,
    openChildren,
    tx.now(),
    row.id,
  );
  return [];
}

async function endOfChildren(tx: Tx, parentId: number): Promise<"completed" | "failed" | "cancelled"> {
  const children = await tx.all<{ state: TaskState }>("SELECT state FROM task WHERE parent_id = ?", parentId);
  return rollUp(children.map(({ state }) => state)) ?? "completed";
}
