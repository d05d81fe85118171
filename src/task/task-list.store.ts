/** All SQL that looks at many tasks: lists by pages, counts by state. */
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Reader } from "../store/store.ts";
import type { TaskRow } from "./task.store.ts";
import type { TaskState } from "./task.ts";

/** Tasks that are neither finished nor running: what `queuedTasks` limits. */
export async function waitingCount(read: Reader): Promise<number> {
  const row = await read.get<{ n: number }>(
    "SELECT sum(n) AS n FROM task_count WHERE state IN ('blocked', 'scheduled', 'queued', 'parked')",
  );
  return Number(row?.n ?? 0);
}

/** Of all, as the database itself keeps them; those of one project are counted. */
export async function countTasks(read: Reader, projectId?: number): Promise<Record<TaskState, number>> {
  const rows = await read.all<{ state: TaskState; n: number }>("SELECT state, n FROM task_count");
  const all = Object.fromEntries(rows.map(({ state, n }) => [state, n])) as Record<TaskState, number>;
  if (projectId === undefined) return all;
  const own = await read.all<{ state: TaskState; n: number }>(
    `SELECT state, count(*) AS n FROM task WHERE ${ofProject(projectId)} GROUP BY state`,
    projectId,
  );
  const none = Object.fromEntries(Object.keys(all).map((state) => [state, 0]));
  return { ...none, ...Object.fromEntries(own.map(({ state, n }) => [state, Number(n)])) } as Record<TaskState, number>;
}

/** Said outright, so that the database sees that the index of all projects but the default one will do. */
function ofProject(projectId: number): string {
  return projectId === DEFAULT_PROJECT.id ? "project_id = ?" : `project_id = ? AND project_id <> ${DEFAULT_PROJECT.id}`;
}

export interface ChildRow {
  readonly id: number;
  readonly title: string;
  readonly state: TaskState;
  readonly result: string | null;
}

/** The oldest first. */
export function childrenOf(read: Reader, parentId: number, limit: number): Promise<ChildRow[]> {
  return read.all<ChildRow>(
    `SELECT t.id, t.title, t.state, d.result FROM task t JOIN task_detail d ON d.task_id = t.id
     WHERE t.parent_id = ? ORDER BY t.id LIMIT ?`,
    parentId,
    limit,
  );
}

export interface TaskFilter {
  /** Default: of all. */
  readonly projectId?: number | undefined;
  readonly state?: TaskState | undefined;
  readonly role?: string | undefined;
  /** Only tasks older than this number: the way to the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listTasks(read: Reader, { projectId, state, role, before, limit }: TaskFilter): Promise<TaskRow[]> {
  const conditions = ["1 = 1"];
  const params: (string | number)[] = [];
  const only = (condition: string, value: string | number | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    params.push(value);
  };
  if (projectId !== undefined) only(ofProject(projectId), projectId);
  only("state = ?", state);
  only("role = ?", role);
  only("id < ?", before);
  return read.all<TaskRow>(
    `SELECT * FROM task WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
    ...params,
    limit,
  );
}
