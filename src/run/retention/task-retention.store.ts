/** Forgets tasks that ended long ago, with their runs, details and needs: a few at a time, and none that anything still refers to. */
import { appendEvent } from "../../event/event.store.ts";
import type { Param, Reader, Store, Tx } from "../../store/store.ts";

/** Tasks looked at, and forgotten, in one transaction. */
const WINDOW = 200;

export interface ForgetTasks {
  /** Epoch ms: those that were submitted and ended before it are forgotten. */
  readonly before: number;
  /** Only count. */
  readonly dryRun: boolean;
  readonly isStopping: () => boolean;
}

export interface Forgotten {
  readonly tasks: number;
  readonly runs: number;
}

export async function forgetTasks(store: Store, { before, dryRun, isStopping }: ForgetTasks): Promise<Forgotten> {
  const total = { tasks: 0, runs: 0 };
  const imports = new Map<number, boolean>();
  for (let after = 0; !isStopping(); ) {
    const window = await nextTasks(store.read, after);
    // Numbers grow with time, so what comes behind a window without an old one is younger still.
    if (!window.some(({ created_at }) => created_at < before)) break;
    const range = { after, upTo: window.at(-1)?.id ?? after, before };
    const ids = await forgettable(store.read, range, imports);
    const { tasks, runs } =
      ids.length === 0 ? NONE : await (dryRun ? count(store.read, ids) : forget(store, range, imports));
    total.tasks += tasks;
    total.runs += runs;
    after = range.upTo;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!dryRun && !isStopping()) await forgetImports(store, before);
  return total;
}

const NONE: Forgotten = { tasks: 0, runs: 0 };

interface Range {
  readonly after: number;
  readonly upTo: number;
  readonly before: number;
}

function nextTasks(read: Reader, after: number): Promise<{ id: number; created_at: number }[]> {
  return read.all("SELECT id, created_at FROM task WHERE id > ? ORDER BY id LIMIT ?", after, WINDOW);
}

/**
 * A family goes together: none goes while its parent, a child, what it retries or its retry is unfinished or ended later, for
 * a parent's end is reckoned from its children. Nor does one that an unfinished task needs, or that came with an import of
 * which anything is left to do: importing that file again would bring it back.
 */
async function forgettable(
  read: Reader,
  { after, upTo, before }: Range,
  imports: Map<number, boolean>,
): Promise<number[]> {
  const isYoung = (name: string) => `(${name}.finished_at IS NULL OR ${name}.finished_at >= ?)`;
  const candidates = await read.all<{ id: number; import_id: number | null }>(
    `SELECT t.id, d.import_id FROM task t LEFT JOIN task_detail d ON d.task_id = t.id
     WHERE t.id > ? AND t.id <= ? AND t.created_at < ? AND t.finished_at < ?
       AND NOT EXISTS (SELECT 1 FROM task p WHERE p.id = t.parent_id AND ${isYoung("p")})
       AND NOT EXISTS (SELECT 1 FROM task o WHERE o.id = t.retry_of AND ${isYoung("o")})
       AND NOT EXISTS (SELECT 1 FROM task c WHERE c.parent_id = t.id AND ${isYoung("c")})
       AND NOT EXISTS (SELECT 1 FROM task r WHERE r.retry_of = t.id AND ${isYoung("r")})
       AND NOT EXISTS (SELECT 1 FROM need n JOIN task w ON w.id = n.task_id
                       WHERE n.on_task_id = t.id AND w.finished_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM workspace k WHERE k.task_id = t.id AND k.state <> 'removed')
       AND NOT EXISTS (SELECT 1 FROM run l WHERE l.task_id = t.id AND l.state <> 'ended')
     ORDER BY t.id`,
    after,
    upTo,
    ...Array<Param>(6).fill(before),
  );
  const ids: number[] = [];
  for (const { id, import_id } of candidates) {
    if (import_id === null || (await isWholeImportOld(read, import_id, before, imports))) ids.push(id);
  }
  return ids;
}

/** Remembered for one pass: an import may have thousands of tasks, and the answer is the same for each. */
async function isWholeImportOld(
  read: Reader,
  id: number,
  before: number,
  known: Map<number, boolean>,
): Promise<boolean> {
  const seen = known.get(id);
  if (seen !== undefined) return seen;
  const young = await read.get(
    `SELECT 1 AS yes FROM task_detail d JOIN task t ON t.id = d.task_id
     WHERE d.import_id = ? AND (t.finished_at IS NULL OR t.finished_at >= ?) LIMIT 1`,
    id,
    before,
  );
  known.set(id, young === undefined);
  return young === undefined;
}

async function count(read: Reader, ids: readonly number[]): Promise<Forgotten> {
  const marks = ids.map(() => "?").join(", ");
  const row = await read.get<{ n: number }>(`SELECT count(*) AS n FROM run WHERE task_id IN (${marks})`, ...ids);
  return { tasks: ids.length, runs: Number(row?.n ?? 0) };
}

/** Looked at again inside of the transaction: somebody may have retried one meanwhile. */
function forget(store: Store, range: Range, imports: Map<number, boolean>): Promise<Forgotten> {
  return store.write(async (tx) => {
    const ids = await forgettable(tx, range, imports);
    if (ids.length === 0) return NONE;
    const runs = await deleteTasks(tx, ids);
    await appendEvent(tx, {
      topic: "store.tasks_pruned",
      actor: "host:retention",
      data: { tasks: ids.length, runs, first: ids[0], last: ids.at(-1) },
    });
    return { tasks: ids.length, runs };
  });
}

/** Returns how many runs went with them. */
async function deleteTasks(tx: Tx, ids: readonly number[]): Promise<number> {
  const these = `(SELECT value FROM ${tx.dialect.eachInteger})`;
  const onThese = (sql: string) => tx.run(`${sql} IN ${these}`, JSON.stringify(ids));
  // Relatives that stay, as old as these, are kept for a reason of their own and then stand alone.
  await onThese("UPDATE task SET parent_id = NULL WHERE parent_id");
  await onThese("UPDATE task SET retry_of = NULL WHERE retry_of");
  await onThese("DELETE FROM need WHERE on_task_id");
  await onThese("DELETE FROM need WHERE task_id");
  await onThese("DELETE FROM approval WHERE task_id");
  const { changes } = await onThese("DELETE FROM run WHERE task_id");
  await onThese("DELETE FROM workspace WHERE task_id");
  await onThese("DELETE FROM task_detail WHERE task_id");
  await onThese("DELETE FROM task WHERE id");
  return changes;
}

async function forgetImports(store: Store, before: number): Promise<void> {
  const empty = `FROM imported_queue WHERE imported_at < ?
    AND NOT EXISTS (SELECT 1 FROM task_detail d WHERE d.import_id = imported_queue.id)`;
  if (await store.read.get(`SELECT 1 AS yes ${empty} LIMIT 1`, before)) {
    await store.write((tx) => tx.run(`DELETE ${empty}`, before));
  }
}
