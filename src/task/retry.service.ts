/** Doing again what failed or was cancelled: as a new task, for which everybody waits who waited for the old one. */
import { publicId } from "../core/ids.ts";
import { refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Tx } from "../store/store.ts";
import { insertNeeds, type NewNeed, needsOf } from "./need.store.ts";
import { judgeNeed } from "./need.ts";
import { type By, mustFind, nameOf } from "./task.service.ts";
import { insertTask, type TaskRow, taskById, taskDetail } from "./task.store.ts";
import { isFinal, waitingState } from "./task.ts";

/** A new task that does a finished one again; whoever still waited for the old one now waits for the new one. */
export async function retryTask(tx: Tx, old: TaskRow, { actor, reason }: By): Promise<TaskRow> {
  if (old.state !== "failed" && old.state !== "cancelled") {
    const hint =
      old.state === "parked" ? `\`steward task resume ${publicId("task", old.id)}\` lets it go on.` : undefined;
    refuse("conflict", `${nameOf(old)} is ${old.state}: only what failed or was cancelled can be tried again.`, {
      ...(hint !== undefined && { hint }),
    });
  }
  const again = await openRetry(tx, old);
  if (again) {
    refuse("conflict", `${nameOf(old)} is being tried again already, as ${publicId("task", again.id)}.`, {
      data: { taskId: publicId("task", again.id), state: again.state },
    });
  }
  const parent = old.parent_id === null ? undefined : await taskById(tx, old.parent_id);
  const id = await insertAgain(tx, old, parent && !isFinal(parent.state) ? parent : undefined, actor);
  await appendEvent(tx, {
    topic: "task.retried",
    actor,
    projectId: old.project_id,
    taskId: old.id,
    data: { as: publicId("task", id), ...(reason !== undefined && { reason }) },
  });
  return await mustFind(tx, id);
}

/** The retry of a task that is still under way: twenty people who press the button want it once. */
function openRetry(tx: Tx, old: TaskRow): Promise<TaskRow | undefined> {
  return tx.get<TaskRow>(
    "SELECT * FROM task WHERE retry_of = ? AND state NOT IN ('completed', 'failed', 'cancelled') LIMIT 1",
    old.id,
  );
}

async function insertAgain(tx: Tx, old: TaskRow, parent: TaskRow | undefined, actor: string): Promise<number> {
  const detail = await taskDetail(tx, old.id);
  const needs = await needsAgain(tx, old);
  const blockedBy = needs.filter(({ met }) => !met).length;
  const children = old.rolls_up === 1 ? await unfinishedChildren(tx, old) : [];
  const id = await insertTask(tx, {
    projectId: old.project_id,
    key: null,
    title: old.title,
    role: detail.entry_role ?? old.role,
    agent: detail.entry_role === null ? old.agent : detail.entry_agent,
    state: children.length > 0 ? "blocked" : waitingState({ blockedBy, notBefore: null }, tx.now()),
    priority: old.priority,
    blockedBy,
    openChildren: children.length,
    rollsUp: children.length > 0,
    notBefore: null,
    maxAttempts: old.max_attempts,
    parentId: parent?.id ?? null,
    retryOf: old.id,
    submittedBy: actor,
    prompt: detail.prompt,
    cwd: detail.cwd,
    workspace: detail.workspace,
    timeoutSeconds: detail.timeout_seconds,
    data: detail.data,
  });
  await insertNeeds(tx, id, needs);
  await tx.run("UPDATE need SET on_task_id = ? WHERE on_task_id = ? AND met = 0", id, old.id);
  if (parent) await tx.run("UPDATE task SET open_children = open_children + 1 WHERE id = ?", parent.id);
  for (const child of children) {
    const again = await insertAgain(tx, child, undefined, actor);
    await tx.run("UPDATE task SET parent_id = ? WHERE id = ?", id, again);
  }
  return id;
}

async function needsAgain(tx: Tx, old: TaskRow): Promise<NewNeed[]> {
  const needs = await needsOf(tx, old.id);
  const failed = needs.find(({ state, policy }) => judgeNeed(state, policy) === "failed");
  if (failed) {
    const name = failed.key ?? publicId("task", failed.on_task_id);
    refuse("conflict", `${nameOf(old)} needs ${name}, which is ${failed.state}, and its need says fail.`, {
      hint: `\`steward task retry ${publicId("task", failed.on_task_id)}\` first.`,
    });
  }
  return needs.map(({ on_task_id, policy, state }) => ({
    onTaskId: on_task_id,
    policy,
    met: judgeNeed(state, policy) === "met",
  }));
}

/** Of a parent that only rolled up: what has to be done again, so that it can end better this time. */
async function unfinishedChildren(tx: Tx, parent: TaskRow): Promise<TaskRow[]> {
  return await tx.all<TaskRow>(
    `SELECT * FROM task t WHERE parent_id = ? AND state IN ('failed', 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM task r WHERE r.retry_of = t.id) ORDER BY id`,
    parent.id,
  );
}
