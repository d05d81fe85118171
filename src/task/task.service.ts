/** What submitting a task, changing it and letting it go on means: used by the operations and by whoever submits from inside. */
import type { Limits } from "../config/limits.ts";
import { publicId } from "../core/ids.ts";
import { Refusal, refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Tx } from "../store/store.ts";
import { deleteNeeds, finishTask, insertNeeds, type NewNeed, needsOf, resettle } from "./need.store.ts";
import { findCycle, judgeNeed } from "./need.ts";
import { findTask, insertTask, type TaskRow, taskById, taskByKey } from "./task.store.ts";
import { isFinal, type Need, type NewTask, titleFrom, waitingState } from "./task.ts";
import { waitingCount } from "./task-list.store.ts";

export interface Submitted {
  readonly task: Pick<TaskRow, "id" | "project_id" | "state" | "role" | "agent">;
  /** False when the key named a task that was there already. */
  readonly created: boolean;
}

/** Where a task is put. */
export interface Place {
  readonly projectId: number;
  /** It is a part of that task, which ends with it. */
  readonly parent?: TaskRow;
}

/** What it says of its project and its directory is looked up by then (`belongingOf`). */
export async function submitTask(
  tx: Tx,
  input: NewTask,
  actor: string,
  limits: Limits,
  { projectId, parent }: Place,
): Promise<Submitted> {
  checkSizes(input, limits);
  const known = input.key === undefined ? undefined : await taskByKey(tx, projectId, input.key);
  if (known) return { task: known, created: false };
  if (input.key !== undefined && input.needs.some(({ taskId }) => taskId === input.key)) {
    refuse("conflict", `${input.key} would need itself.`, { data: { cycle: [input.key, input.key] } });
  }
  const needs = await resolveNeeds(tx, input.needs, projectId, limits);
  const notBefore = input.notBefore === undefined ? null : Date.parse(input.notBefore);
  const open = needs.filter(({ verdict }) => verdict !== "met");
  const failed = open.find(({ verdict }) => verdict === "failed");
  const state = waitingState({ blockedBy: open.length, notBefore }, tx.now());
  const agent = input.agent ?? null;
  const id = await insertTask(tx, {
    projectId,
    key: input.key ?? null,
    title: input.title ?? titleFrom(input.prompt, 80),
    role: input.role,
    agent,
    state,
    priority: input.priority,
    blockedBy: open.length,
    notBefore,
    maxAttempts: input.attempts ?? null,
    parentId: parent?.id ?? null,
    submittedBy: actor,
    prompt: input.prompt,
    cwd: input.cwd ?? null,
    workspace: input.workspace ?? null,
    timeoutSeconds: input.timeoutSeconds ?? null,
    data: input.data === undefined ? null : JSON.stringify(input.data),
  });
  if (parent) await tx.run("UPDATE task SET open_children = open_children + 1 WHERE id = ?", parent.id);
  // Fewer tasks than the limit ever were: fewer wait.
  if (id > limits.queuedTasks) await refuseWhenFull(tx, limits);
  await insertNeeds(tx, id, needs);
  if (!failed) return { task: { id, project_id: projectId, state, role: input.role, agent }, created: true };
  const ending = { to: "failed", endReason: "need_failed", actor: "host:needs" } as const;
  return { task: await finishTask(tx, await mustFind(tx, id), ending), created: true };
}

/** Undoes the insert with the rest of this caller's part. */
async function refuseWhenFull(tx: Tx, limits: Limits): Promise<void> {
  if ((await waitingCount(tx)) <= limits.queuedTasks) return;
  refuse("queue_full", `${limits.queuedTasks} tasks are waiting already.`, {
    hint: "Cancel some, or raise limits.queuedTasks.",
    data: { limit: limits.queuedTasks },
  });
}

/** `of`: what stands before the field's name, where there are several tasks. */
export function checkSizes(input: NewTask, limits: Limits, of = ""): void {
  const check = (name: string, size: number, limit: number, unit: string) => {
    if (size <= limit) return;
    const field = `${of}${name}`;
    refuse("too_large", `${field} has ${size} ${unit}; the limit is ${limit}.`, { data: { field, size, limit } });
  };
  check("prompt", Buffer.byteLength(input.prompt), limits.promptBytes, "bytes");
  check("title", [...(input.title ?? "")].length, limits.titleCharacters, "characters");
  check(
    "data",
    input.data === undefined ? 0 : Buffer.byteLength(JSON.stringify(input.data)),
    limits.dataBytes,
    "bytes",
  );
  check("needs", input.needs.length, limits.taskNeeds, "tasks");
}

type Resolved = NewNeed & { readonly verdict: "met" | "open" | "failed"; readonly row: TaskRow };

/** A key alone is one of the same project, where that has it. */
async function resolveNeeds(tx: Tx, needs: readonly Need[], projectId: number, limits: Limits): Promise<Resolved[]> {
  if (needs.length > limits.taskNeeds) refuse("too_large", `A task may need ${limits.taskNeeds} others at most.`);
  const resolved = new Map<number, Resolved>();
  for (const { taskId, policy } of needs) {
    const row = await findTask(tx, taskId, projectId);
    if (!row) {
      throw new Refusal("not_found", `needs: there is no task "${taskId}".`, {
        hint: "Submit the task that is needed first; `steward task list` shows what there is.",
        data: { field: "needs", taskId },
      });
    }
    const verdict = judgeNeed(row.state, policy);
    resolved.set(row.id, { onTaskId: row.id, policy, met: verdict === "met", verdict, row });
  }
  return [...resolved.values()];
}

export interface TaskChange {
  readonly title?: string | undefined;
  readonly priority?: number | undefined;
  readonly attempts?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly notBefore?: string | undefined;
  readonly needs?: readonly Need[] | undefined;
}

/** Who does something by hand, and why. */
export interface By {
  readonly actor: string;
  readonly reason?: string | undefined;
}

/** Changes what is still open about a task. What it needs can only change while it waits. */
export async function changeTask(
  tx: Tx,
  row: TaskRow,
  change: TaskChange,
  { actor, reason }: By,
  limits: Limits,
): Promise<TaskRow> {
  if (isFinal(row.state))
    refuse("conflict", `${publicId("task", row.id)} is ${row.state}: nothing about it can change.`);
  if (change.title !== undefined && [...change.title].length > limits.titleCharacters) {
    refuse("too_large", `title: the limit is ${limits.titleCharacters} characters.`);
  }
  await tx.run(
    "UPDATE task SET title = ?, priority = ?, max_attempts = ?, updated_at = ? WHERE id = ?",
    change.title ?? row.title,
    change.priority ?? row.priority,
    change.attempts ?? row.max_attempts,
    tx.now(),
    row.id,
  );
  if (change.timeoutSeconds !== undefined) {
    await tx.run("UPDATE task_detail SET timeout_seconds = ? WHERE task_id = ?", change.timeoutSeconds, row.id);
  }
  await appendEvent(tx, {
    topic: "task.updated",
    actor,
    projectId: row.project_id,
    taskId: row.id,
    data: {
      fields: Object.keys(change).filter((field) => change[field as keyof TaskChange] !== undefined),
      ...(reason !== undefined && { reason }),
    },
  });
  if (change.needs !== undefined || change.notBefore !== undefined) await rewait(tx, row, change, actor, limits);
  return await mustFind(tx, row.id);
}

async function rewait(tx: Tx, row: TaskRow, change: TaskChange, actor: string, limits: Limits): Promise<void> {
  if (row.state === "running") {
    refuse("conflict", `${publicId("task", row.id)} is running: what it waits for can no longer change.`);
  }
  const blockedBy = change.needs === undefined ? row.blocked_by : await replaceNeeds(tx, row, change.needs, limits);
  const notBefore = change.notBefore === undefined ? row.not_before : Date.parse(change.notBefore);
  await resettle(tx, await mustFind(tx, row.id), { blockedBy, notBefore, actor });
}

async function replaceNeeds(tx: Tx, row: TaskRow, needs: readonly Need[], limits: Limits): Promise<number> {
  const resolved = await resolveNeeds(tx, needs, row.project_id, limits);
  const cycle = await findCycle(
    row.id,
    resolved.map(({ onTaskId }) => onTaskId),
    async (task) => (await needsOf(tx, task)).map(({ on_task_id }) => on_task_id),
  );
  if (cycle) {
    const path = await Promise.all(cycle.map(async (id) => nameOf(await mustFind(tx, id))));
    refuse("conflict", `needs would close a circle: ${path.join(" → ")}.`, { data: { cycle: path } });
  }
  const failed = resolved.find(({ verdict }) => verdict === "failed");
  if (failed) refuse("conflict", `needs: ${nameOf(failed.row)} is ${failed.row.state} and its need says fail.`);
  await deleteNeeds(tx, row.id);
  await insertNeeds(tx, row.id, resolved);
  return resolved.filter(({ met }) => !met).length;
}

/** The way out of `parked` for a person; the note is kept in the event. */
export async function resumeTask(tx: Tx, row: TaskRow, note: string | undefined, actor: string): Promise<TaskRow> {
  if (row.state !== "parked") refuse("conflict", `${nameOf(row)} is ${row.state}, not parked.`);
  if (row.parked_reason === "subtasks") {
    refuse("conflict", `${nameOf(row)} waits for its ${row.open_children} open sub-tasks.`, {
      hint: "It goes on by itself when they have ended.",
    });
  }
  await appendEvent(tx, {
    topic: "task.resumed",
    actor,
    projectId: row.project_id,
    taskId: row.id,
    data: { note: note ?? null, was: row.parked_reason },
  });
  return await resettle(tx, row, { release: true, attemptsSpent: 0, loops: 0, actor });
}

/** The key where it has one, else the id. */
export function nameOf(row: Pick<TaskRow, "id" | "key">): string {
  return row.key ?? publicId("task", row.id);
}

export async function mustFind(tx: Tx, id: number): Promise<TaskRow> {
  const row = await taskById(tx, id);
  if (!row) throw new Error(`task ${id} is missing`);
  return row;
}
