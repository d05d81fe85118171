/** All SQL of workspaces: record one before anything is made, and every step after it was done. */
import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import type { Changes, WorkspaceState } from "./workspace.ts";

export interface WorkspaceRow {
  readonly task_id: number;
  readonly host_id: number;
  readonly state: WorkspaceState;
  /** What all worktrees of the repository share: its `.git`. */
  readonly repository: string;
  /** Where the task's own directory lies. */
  readonly checkout: string;
  readonly subdirectory: string;
  readonly path: string;
  readonly branch: string;
  /** The commit that it began with. */
  readonly base: string;
  /** JSON: `Changes` after its last run. */
  readonly changes: string | null;
  readonly looked_at: number | null;
  readonly bytes: number | null;
  readonly created_at: number;
  readonly removed_at: number | null;
}

export type NewWorkspace = Pick<
  WorkspaceRow,
  "task_id" | "host_id" | "repository" | "checkout" | "subdirectory" | "path" | "branch" | "base"
>;

type Key = Pick<WorkspaceRow, "task_id" | "host_id">;

export function workspaceOf(read: Reader, taskId: number, hostId: number): Promise<WorkspaceRow | undefined> {
  return read.get("SELECT * FROM workspace WHERE task_id = ? AND host_id = ?", taskId, hostId);
}

/** The newest first; those that were removed are not there. */
export function listWorkspaces(
  read: Reader,
  { hostId, before, limit }: { hostId: number; before?: number | undefined; limit: number },
): Promise<WorkspaceRow[]> {
  return read.all(
    `SELECT * FROM workspace WHERE host_id = ? AND state <> 'removed' AND task_id < ? ORDER BY task_id DESC LIMIT ?`,
    hostId,
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
}

/** Of finished tasks, the one that finished first first; and what was left half removed. */
export function listRemovable(
  read: Reader,
  { hostId, before, limit }: { hostId: number; before: number; limit: number },
): Promise<WorkspaceRow[]> {
  return read.all(
    `SELECT w.* FROM workspace w JOIN task t ON t.id = w.task_id
     WHERE w.host_id = ? AND w.state <> 'removed' AND t.finished_at < ? ORDER BY t.finished_at, w.task_id LIMIT ?`,
    ...[hostId, before, limit],
  );
}

export function listRemoving(read: Reader, hostId: number): Promise<WorkspaceRow[]> {
  return read.all("SELECT * FROM workspace WHERE host_id = ? AND state = 'removing' ORDER BY task_id", hostId);
}

/** Which tasks have one on this host. */
export async function tasksWithWorkspace(read: Reader, hostId: number): Promise<number[]> {
  const rows = await read.all<{ task_id: number }>(
    "SELECT task_id FROM workspace WHERE host_id = ? AND state <> 'removed'",
    hostId,
  );
  return rows.map(({ task_id }) => task_id);
}

/** What all of this host take, as far as it was measured. */
export async function workspaceBytes(read: Reader, hostId: number): Promise<number> {
  const row = await read.get<{ n: number | null }>(
    "SELECT CAST(sum(bytes) AS BIGINT) AS n FROM workspace WHERE host_id = ? AND state <> 'removed'",
    hostId,
  );
  return Number(row?.n ?? 0);
}

/** Before anything is made of it: whoever finds it `making` knows whose half-made things those are. */
export async function recordMaking(tx: Tx, workspace: NewWorkspace): Promise<void> {
  const { task_id, host_id, repository, checkout, subdirectory, path, branch, base } = workspace;
  await tx.run(
    `INSERT INTO workspace(task_id, host_id, state, repository, checkout, subdirectory, path, branch, base, created_at)
     VALUES (?, ?, 'making', ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (task_id, host_id) DO UPDATE SET state = 'making', repository = excluded.repository,
       checkout = excluded.checkout, subdirectory = excluded.subdirectory, path = excluded.path,
       branch = excluded.branch, base = excluded.base, changes = NULL, looked_at = NULL, bytes = NULL,
       created_at = excluded.created_at, removed_at = NULL`,
    ...[task_id, host_id, repository, checkout, subdirectory, path, branch, base, tx.now()],
  );
}

export async function recordReady(tx: Tx, made: NewWorkspace, about: About): Promise<void> {
  const { changes } = await tx.run(
    "UPDATE workspace SET state = 'ready' WHERE task_id = ? AND host_id = ? AND state = 'making'",
    made.task_id,
    made.host_id,
  );
  if (changes === 0) throw new Error(`the workspace of task ${made.task_id} was not being made`);
  const { path: directory, branch, base } = made;
  await appendEvent(tx, {
    ...about,
    topic: "workspace.created",
    taskId: made.task_id,
    data: { directory, branch, base },
  });
}

export interface About {
  readonly actor: string;
  readonly projectId: number | null;
  readonly runId?: number;
}

/** From here on it goes, whoever lives to see it. */
export async function recordRemoving(tx: Tx, { task_id, host_id }: Key): Promise<void> {
  await tx.run("UPDATE workspace SET state = 'removing' WHERE task_id = ? AND host_id = ?", task_id, host_id);
}

export interface Removal {
  readonly branchKept: boolean;
  readonly head: string | null;
  readonly lost: readonly string[];
}

export async function recordRemoved(tx: Tx, row: WorkspaceRow, removal: Removal, about: About): Promise<void> {
  const { changes } = await tx.run(
    `UPDATE workspace SET state = 'removed', removed_at = ?, bytes = NULL
     WHERE task_id = ? AND host_id = ? AND state = 'removing'`,
    tx.now(),
    row.task_id,
    row.host_id,
  );
  if (changes === 0) return;
  const { path: directory, branch } = row;
  await appendEvent(tx, {
    ...about,
    topic: "workspace.removed",
    taskId: row.task_id,
    data: { directory, branch, ...removal },
  });
}

/** What its last run left in it. */
export async function recordChanges(tx: Tx, { task_id, host_id }: Key, changes: Changes): Promise<void> {
  await tx.run(
    "UPDATE workspace SET changes = ?, looked_at = ? WHERE task_id = ? AND host_id = ?",
    ...[JSON.stringify(changes), tx.now(), task_id, host_id],
  );
}

export async function recordBytes(tx: Tx, { task_id, host_id }: Key, bytes: number): Promise<void> {
  await tx.run(
    "UPDATE workspace SET bytes = ? WHERE task_id = ? AND host_id = ? AND state = 'ready'",
    ...[bytes, task_id, host_id],
  );
}

export function changesOf({ changes }: WorkspaceRow): Changes | undefined {
  return changes === null ? undefined : (JSON.parse(changes) as Changes);
}
