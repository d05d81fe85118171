/** All SQL of needs: what waits for what, and what the end of one task does to those that waited for it. */
import type { Reader, Tx } from "../store/store.ts";
import { type TaskRow, taskById } from "./task.store.ts";
import { isFinal, type NeedPolicy, rollUp, type TaskState, waitingState } from "./task.ts";
import { type Move, moveTask } from "./task-move.store.ts";

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
  await Promise.all(
    needs.map(({ onTaskId, policy, met }) =>
      tx.run(
        "INSERT INTO need(on_task_id, task_id, policy, met) VALUES (?, ?, ?, ?)",
        onTaskId,
        taskId,
        policy,
        met ? 1 : 0,
      ),
    ),
  );
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

/** The end of a task that others may have waited for. */
interface End extends Pick<TaskRow, "id" | "state" | "parent_id"> {
  /** Its parent and the dependents up to this one know of it. */
  readonly toldUpTo?: number;
}

/** Dependents that are told together. */
const TOLD_AT_ONCE = 500;

/** Tells those that waited for a task that it has ended; what ends thereby is carried on in turn. */
export async function carryOn(tx: Tx, finished: End): Promise<void> {
  const ends = [finished];
  for (let end = ends.pop(); end; end = ends.pop()) {
    if (end.toldUpTo === undefined) ends.push(...(await tellParent(tx, end)));
    const dependents = await dependentsOf(tx, end);
    const last = dependents.at(-1);
    if (!last) continue;
    // The rest comes when all that these bring about is done: however many wait, few are held here.
    if (dependents.length === TOLD_AT_ONCE) ends.push({ ...endOnly(end), toldUpTo: last.id });
    ends.push(...(await tellDependents(tx, end, dependents)).map(endOnly));
  }
}

const endOnly = ({ id, state, parent_id }: End): End => ({ id, state, parent_id });

type Dependent = TaskRow & { readonly policy: NeedPolicy };

/** The next of those to whom the end means something. */
function dependentsOf(tx: Tx, { id, state, toldUpTo = 0 }: End): Promise<Dependent[]> {
  return tx.all<Dependent>(
    `SELECT t.*, n.policy FROM need n CROSS JOIN task t WHERE t.id = n.task_id AND n.on_task_id = ? AND n.met = 0
       AND n.task_id > ? AND (n.policy <> 'block' OR ? = 'completed') ORDER BY n.task_id LIMIT ?`,
    id,
    toldUpTo,
    state,
    TOLD_AT_ONCE,
  );
}

/** Those that only waited for this one may go; those whose need says `fail` end with it. Returns what ended thereby. */
async function tellDependents(tx: Tx, end: End, dependents: readonly Dependent[]): Promise<TaskRow[]> {
  const isMet = ({ policy }: Pick<Dependent, "policy">) => policy === "continue" || end.state === "completed";
  if (dependents.some(isMet)) await meetNeeds(tx, end, dependents.at(-1)?.id ?? 0);
  const told = dependents.map(async ({ policy, ...task }) => {
    if (isMet({ policy })) {
      return (await place(tx, task, { blockedBy: task.blocked_by - 1, actor: "host:needs" })).ended;
    }
    if (task.state !== "blocked" && task.state !== "parked") return [];
    return [await moveTask(tx, task, { to: "failed", endReason: "need_failed", actor: "host:needs" })];
  });
  return (await Promise.all(told)).flat();
}

async function meetNeeds(tx: Tx, { id, state, toldUpTo = 0 }: End, upTo: number): Promise<void> {
  await tx.run(
    `UPDATE need SET met = 1 WHERE on_task_id = ? AND met = 0 AND task_id > ? AND task_id <= ?
       AND (policy = 'continue' OR ? = 'completed')`,
    id,
    toldUpTo,
    upTo,
    state,
  );
}

async function tellParent(tx: Tx, { parent_id }: End): Promise<TaskRow[]> {
  const parent = parent_id === null ? undefined : await taskById(tx, parent_id);
  if (!parent) return [];
  return (await place(tx, parent, { openChildren: parent.open_children - 1, actor: "host:roll-up" })).ended;
}

export interface Resettle {
  readonly actor: string;
  readonly blockedBy?: number;
  readonly openChildren?: number;
  readonly notBefore?: number | null;
  readonly attemptsSpent?: number;
  readonly loops?: number;
  /** Also out of `parked`; otherwise what is parked stays so. */
  readonly release?: boolean;
}

/**
 * Puts a task that does not run where it belongs by what it waits for: behind its needs, behind its time, into the queue,
 * or, a parent with nothing of its own left to do, to the end that its children came to. Carries such an end on.
 */
export async function resettle(tx: Tx, row: TaskRow, change: Resettle): Promise<TaskRow> {
  const { row: settled, ended } = await place(tx, row, change);
  for (const end of ended) await carryOn(tx, end);
  return settled;
}

async function place(tx: Tx, row: TaskRow, change: Resettle): Promise<{ row: TaskRow; ended: TaskRow[] }> {
  if (isFinal(row.state)) return { row, ended: [] };
  const blockedBy = change.blockedBy ?? row.blocked_by;
  const openChildren = change.openChildren ?? row.open_children;
  const notBefore = change.notBefore === undefined ? row.not_before : change.notBefore;
  const next = {
    blockedBy,
    openChildren,
    notBefore,
    actor: change.actor,
    ...(change.attemptsSpent !== undefined && { attemptsSpent: change.attemptsSpent }),
    ...(change.loops !== undefined && { loops: change.loops }),
  };
  const isParkedForOthers = row.state === "parked" && row.parked_reason !== "subtasks" && change.release !== true;
  const stays = row.state === "running" || isParkedForOthers;
  if (row.parked_reason === "subtasks" && row.rolls_up === 0 && openChildren === 0 && !stays) {
    return { row: await goOnAfterChildren(tx, row, next), ended: [] };
  }
  const isDone = row.rolls_up === 1 && blockedBy === 0 && openChildren === 0;
  if (isDone && !stays) {
    const to = await endOfChildren(tx, row.id);
    const ended = await moveTask(tx, row, { ...next, to, endReason: to === "failed" ? "subtask_failed" : null });
    return { row: ended, ended: [ended] };
  }
  const to =
    stays || row.parked_reason === "subtasks"
      ? row.state
      : row.rolls_up === 1
        ? "blocked"
        : waitingState(next, tx.now());
  if (to !== row.state) return { row: await moveTask(tx, row, { ...next, to }), ended: [] };
  await tx.run(
    "UPDATE task SET blocked_by = ?, open_children = ?, not_before = ?, updated_at = ? WHERE id = ?",
    blockedBy,
    openChildren,
    notBefore,
    tx.now(),
    row.id,
  );
  return {
    row: { ...row, blocked_by: blockedBy, open_children: openChildren, not_before: notBefore, updated_at: tx.now() },
    ended: [],
  };
}

/** Its own next stage comes when the children are done; what became of them is for its agent to judge only if it waits for that. */
async function goOnAfterChildren(tx: Tx, row: TaskRow, next: Omit<Move, "to">): Promise<TaskRow> {
  const end = row.awaits_children === 1 ? "completed" : await endOfChildren(tx, row.id);
  if (end === "completed")
    return await moveTask(tx, row, {
      ...next,
      to: waitingState({ blockedBy: row.blocked_by, notBefore: null }, tx.now()),
    });
  const note = "a sub-task did not complete: see its children; `task resume` goes on without it";
  return await moveTask(tx, row, { ...next, to: "parked", parked: { reason: "person", note, until: null } });
}

/** A sub-task that was done again counts as the one that did it again. */
async function endOfChildren(tx: Tx, parentId: number): Promise<"completed" | "failed" | "cancelled"> {
  const children = await tx.all<{ state: TaskState }>(
    "SELECT DISTINCT state FROM task t WHERE parent_id = ? AND NOT EXISTS (SELECT 1 FROM task r WHERE r.retry_of = t.id)",
    parentId,
  );
  return rollUp(children.map(({ state }) => state)) ?? "completed";
}
