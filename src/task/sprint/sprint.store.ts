/** All SQL of sprints: make one or find it, and read what is in it. */
import { refuse } from "../../core/refusal.ts";
import type { Dialect } from "../../store/dialect.ts";
import type { Reader, Tx } from "../../store/store.ts";
import { readHeader, type SprintHeader } from "../sprint-queue/header.ts";
import { isObject, type JsonObject } from "../sprint-queue/json.ts";
import { createNotes } from "../sprint-queue/report.ts";
import type { FileStyle } from "../sprint-queue/style.ts";
import type { TaskRow } from "../task.store.ts";
import type { TaskState } from "../task.ts";

export interface SprintRow {
  readonly id: number;
  readonly project_id: number;
  /** `SPRINT-2025-004`; "" where the file gave it no id. */
  readonly label: string;
  /** JSON: a `SprintHead`. */
  readonly head: string;
  readonly made_at: number;
  readonly completed_by: string | null;
  readonly completed_at: number | null;
  readonly completed_reason: string | null;
}

export interface SprintHead {
  /** Every field of the file beside its tasks. */
  readonly header: JsonObject;
  readonly style: FileStyle;
}

export interface Sprint extends SprintRow {
  readonly header: JsonObject;
  readonly number: number | null;
  /** `completed` when it was completed here; else the file's own word. */
  readonly status: string;
  readonly wipLimits: SprintHeader["wipLimits"];
}

export interface NewSprint {
  readonly projectId: number;
  readonly label: string;
  readonly head: SprintHead;
  readonly actor: string;
}

/** Finds the sprint of that label or makes it; of one that is there the head is replaced. Returns its number. */
export async function putSprint(tx: Tx, { projectId, label, head, actor }: NewSprint): Promise<number> {
  const text = JSON.stringify(head);
  const known = await tx.get<{ id: number }>(
    "SELECT id FROM sprint WHERE project_id = ? AND label = ?",
    projectId,
    label,
  );
  if (known) {
    await tx.run("UPDATE sprint SET head = ? WHERE id = ?", text, known.id);
    return known.id;
  }
  const row = await tx.get<{ id: number }>(
    "INSERT INTO sprint(project_id, label, head, made_by, made_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
    projectId,
    label,
    text,
    actor,
    tx.now(),
  );
  if (!row) throw new Error("an inserted sprint gave no id");
  return row.id;
}

export async function hasSprint(read: Pick<Reader, "get">, projectId: number, label: string): Promise<boolean> {
  return (
    (await read.get("SELECT 1 AS yes FROM sprint WHERE project_id = ? AND label = ?", projectId, label)) !== undefined
  );
}

/** The newest first. */
export async function sprintsOf(read: Pick<Reader, "all">, projectId: number): Promise<Sprint[]> {
  const rows = await read.all<SprintRow>("SELECT * FROM sprint WHERE project_id = ? ORDER BY id DESC", projectId);
  return rows.map(sprintFrom);
}

function sprintFrom(row: SprintRow): Sprint {
  const kept = JSON.parse(row.head) as Partial<SprintHead>;
  const header = isObject(kept.header) ? kept.header : {};
  const { sprint: number, status, wipLimits } = readHeader(header, createNotes());
  const shown = row.completed_at === null ? (status ?? "in_progress") : "completed";
  return { ...row, header, number, status: shown, wipLimits };
}

export function isCompleted({ status }: Sprint): boolean {
  return status === "completed";
}

/** The one that is worked on: the newest that is not completed, else the newest. */
export async function currentSprint(read: Pick<Reader, "all">, projectId: number): Promise<Sprint | undefined> {
  const all = await sprintsOf(read, projectId);
  return all.find((sprint) => !isCompleted(sprint)) ?? all[0];
}

/** By its id or its number; without either the current one. Refuses with `not_found`. */
export async function mustBeSprint(read: Reader, projectId: number, reference?: string): Promise<Sprint> {
  if (reference === undefined) return (await currentSprint(read, projectId)) ?? noSprint();
  const all = await sprintsOf(read, projectId);
  const found = all.find(({ label, number }) => label === reference || String(number) === reference);
  const known = all.slice(0, 10).map(nameOfSprint);
  return (
    found ??
    refuse("not_found", `There is no sprint "${reference}".`, {
      hint: known.length === 0 ? IMPORT_ONE : `There is ${known.join(", ")}.`,
      data: { sprint: reference },
    })
  );
}

/** The sprint that an import brought, or joined. Refuses with `not_found`. */
export async function mustBeImported(read: Reader, projectId: number, importId: number): Promise<Sprint> {
  const row = await read.get<{ label: string }>(
    "SELECT coalesce(sprint_id, '') AS label FROM imported_queue WHERE project_id = ? AND id = ?",
    projectId,
    importId,
  );
  const found = row && (await sprintsOf(read, projectId)).find(({ label }) => label === row.label);
  return (
    found ?? refuse("not_found", `There is no import ${importId}.`, { hint: IMPORT_ONE, data: { import: importId } })
  );
}

const IMPORT_ONE = "`steward queue import FILE` brings one, `steward sprint new` begins one.";

function noSprint(): never {
  return refuse("not_found", "There is no sprint.", { hint: IMPORT_ONE });
}

export function nameOfSprint({ label, number }: Pick<Sprint, "label" | "number">): string {
  return label || (number === null ? "a sprint without an id" : String(number));
}

export async function joinSprint(tx: Tx, sprintId: number, taskIds: readonly number[]): Promise<void> {
  await tx.run(
    `UPDATE task_detail SET sprint_id = ? WHERE task_id IN (SELECT value FROM ${tx.dialect.eachInteger})`,
    sprintId,
    JSON.stringify(taskIds),
  );
}

/** Those that somebody elsewhere works on count as well. */
export async function runningByRole(read: Reader, projectId: number): Promise<Map<string, number>> {
  const rows = await read.all<{ role: string; n: number }>(
    `SELECT c.role, sum((SELECT count(*) FROM task t WHERE t.class_id = c.id AND t.state = 'running')
       + (SELECT count(*) FROM task t WHERE t.class_id = c.id AND t.held_by IS NOT NULL)) AS n
     FROM scheduling_class c WHERE c.project_id = ? GROUP BY c.role`,
    projectId,
  );
  return new Map(rows.map(({ role, n }) => [role, Number(n)]));
}

export interface SprintTaskRow extends TaskRow {
  readonly import_id: number | null;
  /** JSON: the source of an imported one, and how it was put in. */
  readonly imported: string | null;
  readonly member_of: number | null;
}

/** Its tasks with their sub-tasks and what does any of them again, the oldest first: one statement, so one moment. */
export function tasksOfSprint(read: Reader, sprintId: number): Promise<SprintTaskRow[]> {
  return read.all<SprintTaskRow>(
    `WITH RECURSIVE part(id) AS (
       SELECT task_id FROM task_detail WHERE sprint_id = ?
       UNION
       SELECT t.id FROM part p JOIN task t ON t.parent_id = p.id OR t.retry_of = p.id
         JOIN task_detail d ON d.task_id = t.id WHERE d.sprint_id IS NULL
     )
     SELECT t.*, d.import_id, d.imported, d.sprint_id AS member_of
     FROM part p JOIN task t ON t.id = p.id JOIN task_detail d ON d.task_id = t.id ORDER BY t.id`,
    sprintId,
  );
}

export interface SprintNeed {
  readonly task_id: number;
  readonly on_task_id: number;
  readonly met: number;
  readonly key: string | null;
  readonly state: TaskState;
}

export function needsOfTasks(read: Reader, { eachInteger }: Dialect, ids: readonly number[]): Promise<SprintNeed[]> {
  return read.all<SprintNeed>(
    `SELECT n.task_id, n.on_task_id, n.met, t.key, t.state FROM need n JOIN task t ON t.id = n.on_task_id
     WHERE n.task_id IN (SELECT value FROM ${eachInteger}) ORDER BY n.task_id, n.on_task_id`,
    JSON.stringify(ids),
  );
}
