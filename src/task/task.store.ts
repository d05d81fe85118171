/** The SQL of tasks: put one in, find one, say of one that it is to end. */

import { refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import type { WorkspaceMode } from "../project/workspace.ts";
import type { Reader, Tx } from "../store/store.ts";
import { isFinal, type ParkedReason, parseTaskId, parseTaskRef, type TaskState } from "./task.ts";

export interface TaskRow {
  readonly id: number;
  readonly project_id: number;
  readonly class_id: number;
  readonly key: string | null;
  readonly title: string;
  readonly role: string;
  readonly agent: string | null;
  readonly state: TaskState;
  readonly priority: number;
  readonly blocked_by: number;
  readonly open_children: number;
  readonly rolls_up: number;
  readonly not_before: number | null;
  readonly parked_reason: ParkedReason | null;
  readonly parked_note: string | null;
  readonly parked_until: number | null;
  /** Who elsewhere works on it while it is parked: that takes a place of its role. */
  readonly held_by: string | null;
  readonly attempts_spent: number;
  readonly max_attempts: number | null;
  readonly stage: number;
  readonly loops: number;
  /** 0: its agent is next; else the how-manieth gate of its role. */
  readonly gate: number;
  readonly awaits_children: number;
  readonly end_reason: string | null;
  readonly cancel_requested_at: number | null;
  readonly parent_id: number | null;
  readonly retry_of: number | null;
  readonly submitted_by: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly finished_at: number | null;
}

export interface TaskDetailRow {
  readonly task_id: number;
  readonly prompt: string;
  readonly cwd: string | null;
  readonly workspace: WorkspaceMode | null;
  readonly timeout_seconds: number | null;
  readonly data: string | null;
  readonly result: string | null;
  /** The role and agent with which it came in; null while it has had no other stage. */
  readonly entry_role: string | null;
  readonly entry_agent: string | null;
  /** The workflow that submitted it, the digest of its file, and the key of that start. */
  readonly workflow: string | null;
  readonly workflow_version: string | null;
  readonly workflow_key: string | null;
}

export function taskById(read: Reader, id: number): Promise<TaskRow | undefined> {
  return read.get<TaskRow>("SELECT * FROM task WHERE id = ?", id);
}

export function taskByKey(read: Pick<Reader, "get">, projectId: number, key: string): Promise<TaskRow | undefined> {
  return read.get<TaskRow>("SELECT * FROM task WHERE project_id = ? AND key = ?", projectId, key);
}

/**
 * By id (`task-17`), by key, or by the key of one project (`web#KEY`). A key alone is looked for in `projectId` first, then in all.
 * Refuses with `conflict` when several have it.
 */
export async function findTask(read: Reader, reference: string, projectId?: number): Promise<TaskRow | undefined> {
  const id = parseTaskId(reference);
  if (id !== undefined) return await taskById(read, id);
  const { project, key } = parseTaskRef(reference);
  const own = project === undefined && projectId !== undefined ? await taskByKey(read, projectId, key) : undefined;
  if (own) return own;
  // One seek per project; CROSS JOIN fixes the order whatever the statistics say.
  const rows = await read.all<TaskRow & { project: string }>(
    `SELECT t.*, p.key AS project FROM project p CROSS JOIN task t WHERE t.project_id = p.id AND t.key = ?
       ${project === undefined ? "" : "AND p.key = ?"} ORDER BY p.id LIMIT ?`,
    key,
    ...(project === undefined ? [] : [project]),
    MAX_NAMESAKES,
  );
  if (rows.length > 1) refuseNamesakes(reference, rows);
  const [found] = rows;
  if (!found) return undefined;
  const { project: _, ...row } = found;
  return row;
}

/** Projects named when several have a task of one key. */
const MAX_NAMESAKES = 10;

function refuseNamesakes(key: string, rows: readonly { project: string }[]): never {
  const candidates = rows.map(({ project }) => `${project}#${key}`);
  refuse("conflict", `Several projects have a task "${key}": ${candidates.join(", ")}.`, {
    hint: "Name the one that is meant, with its project.",
    data: { candidates },
  });
}

export async function taskDetail(read: Reader, id: number): Promise<TaskDetailRow> {
  const row = await read.get<TaskDetailRow>(
    `SELECT task_id, prompt, cwd, workspace, timeout_seconds, data, result, entry_role, entry_agent,
       workflow, workflow_version, workflow_key FROM task_detail WHERE task_id = ?`,
    id,
  );
  if (!row) throw new Error(`task ${id} has no detail`);
  return row;
}

export interface TaskInsert {
  readonly projectId: number;
  readonly key: string | null;
  readonly title: string;
  readonly role: string;
  readonly agent: string | null;
  readonly state: TaskState;
  readonly priority: number;
  readonly blockedBy: number;
  readonly openChildren?: number;
  readonly rollsUp?: boolean;
  readonly notBefore: number | null;
  readonly parked?: { readonly reason: ParkedReason; readonly note: string | null; readonly until: number | null };
  readonly heldBy?: string | null;
  readonly endReason?: string | null;
  readonly maxAttempts: number | null;
  readonly parentId?: number | null;
  readonly retryOf?: number | null;
  readonly submittedBy: string;
  readonly finishedAt?: number | null;
  readonly prompt: string;
  readonly cwd: string | null;
  readonly workspace?: WorkspaceMode | null;
  readonly timeoutSeconds: number | null;
  readonly data: string | null;
  readonly sprintId?: number;
  readonly imported?: { readonly importId: number; readonly source: string };
}

/** Inserts the task, its detail and its event; returns its number. */
export async function insertTask(tx: Tx, task: TaskInsert): Promise<number> {
  const now = tx.now();
  const row = await tx.get<{ id: number }>(
    `INSERT INTO task(project_id, class_id, key, title, role, agent, state, priority, blocked_by, open_children, rolls_up,
       not_before, parked_reason, parked_note, parked_until, held_by, end_reason, max_attempts, parent_id, retry_of, submitted_by,
       created_at, updated_at, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    task.projectId,
    await schedulingClass(tx, task),
    task.key,
    task.title,
    task.role,
    task.agent,
    task.state,
    task.priority,
    task.blockedBy,
    task.openChildren ?? 0,
    task.rollsUp ? 1 : 0,
    task.notBefore,
    task.parked?.reason ?? null,
    task.parked?.note ?? null,
    task.parked?.until ?? null,
    task.heldBy ?? null,
    task.endReason ?? null,
    task.maxAttempts,
    task.parentId ?? null,
    task.retryOf ?? null,
    task.submittedBy,
    now,
    now,
    isFinal(task.state) ? (task.finishedAt ?? now) : null,
  );
  if (!row) throw new Error("an inserted task gave no id");
  const detail = tx.run(
    `INSERT INTO task_detail(task_id, prompt, cwd, workspace, timeout_seconds, data, sprint_id, import_id, imported)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    task.prompt,
    task.cwd,
    task.workspace ?? null,
    task.timeoutSeconds,
    task.data,
    task.sprintId ?? null,
    task.imported?.importId ?? null,
    task.imported?.source ?? null,
  );
  const event = appendEvent(tx, {
    topic: "task.submitted",
    actor: task.submittedBy,
    projectId: task.projectId,
    taskId: row.id,
    data: { state: task.state, role: task.role, ...(task.agent !== null && { agent: task.agent }) },
  });
  await Promise.all([detail, event]);
  return row.id;
}

/** The number of the class for (project, role, agent); made when it is new. Labels come with placement. */
export async function schedulingClass(tx: Tx, { projectId, role, agent }: ClassOf): Promise<number> {
  const find = () =>
    tx.get<{ id: number }>(
      "SELECT id FROM scheduling_class WHERE project_id = ? AND role = ? AND agent = ? AND labels = ''",
      projectId,
      role,
      agent ?? "",
    );
  const known = await find();
  if (known) return known.id;
  await tx.run(
    "INSERT INTO scheduling_class(project_id, role, agent) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    projectId,
    role,
    agent ?? "",
  );
  const made = await find();
  if (!made) throw new Error("a scheduling class that was just made is missing");
  return made.id;
}

interface ClassOf {
  readonly projectId: number;
  readonly role: string;
  readonly agent: string | null;
}

export async function requestCancel(tx: Tx, row: TaskRow, actor: string, reason?: string): Promise<void> {
  if (row.cancel_requested_at !== null) return;
  await tx.run("UPDATE task SET cancel_requested_at = ?, updated_at = ? WHERE id = ?", tx.now(), tx.now(), row.id);
  await appendEvent(tx, {
    topic: "task.cancel_requested",
    actor,
    projectId: row.project_id,
    taskId: row.id,
    data: { ...(reason !== undefined && { reason }) },
  });
}

export async function saveResult(tx: Tx, taskId: number, result: string | null): Promise<void> {
  await tx.run("UPDATE task_detail SET result = ? WHERE task_id = ?", result, taskId);
}
