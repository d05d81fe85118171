/** Puts a sprint queue that was read into the store: all of it in one transaction, and what is there already stays as it is. */
import { refuse } from "../core/refusal.ts";
import { appendEvent } from "../event/event.store.ts";
import { applyDefinitions } from "../project/definition.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import { carryOn, insertNeeds } from "./need.store.ts";
import type { AsImported } from "./sprint/items.ts";
import { hasSprint, putSprint } from "./sprint/sprint.store.ts";
import type { SprintQueue } from "./sprint-queue/read.ts";
import type { SprintTask } from "./sprint-queue/tasks.ts";
import { insertTask, schedulingClass, type TaskRow, taskByKey } from "./task.store.ts";
import { isFinal, type TaskState } from "./task.ts";

export interface ImportOptions {
  readonly projectId: number;
  /** Where its tasks work. */
  readonly cwd: string | null;
  readonly file: string;
  readonly actor: string;
}

export interface Imported {
  /** Keys of the tasks that are new. */
  readonly created: readonly string[];
  /** Keys of those that an earlier import of the same sprint brought. */
  readonly skipped: readonly string[];
}

/** Refuses with `conflict` when a key belongs to a task from elsewhere: two queues must not meet in one project. */
export async function importQueue(tx: Tx, queue: SprintQueue, options: ImportOptions): Promise<Imported> {
  const known = await knownTasks(tx, queue, options.projectId);
  const fresh = queue.tasks.filter(({ key }) => !known.has(key));
  const isNew = fresh.length > 0 || !(await hasSprint(tx, options.projectId, queue.sprintId ?? ""));
  if (isNew) await insertFresh(tx, queue, fresh, known, options);
  const declared = Object.entries(queue.wipLimits).map(([name, wipLimit]) => ({
    kind: "role" as const,
    name,
    body: { wipLimit },
  }));
  await applyDefinitions(tx, {
    projectId: options.projectId,
    source: "queue",
    declared,
    actor: options.actor,
    complete: false,
  });
  return { created: fresh.map(({ key }) => key), skipped: [...known.keys()] };
}

async function insertFresh(
  tx: Tx,
  queue: SprintQueue,
  fresh: readonly SprintTask[],
  known: ReadonlyMap<string, TaskRow>,
  options: ImportOptions,
): Promise<void> {
  const importId = await insertImport(tx, queue, options);
  const { header, style } = queue;
  const head = { header, style };
  const sprintId = await putSprint(tx, { ...options, label: queue.sprintId ?? "", head });
  const states = new Map<string, TaskState>(fresh.map(({ key, state }) => [key, state]));
  const ids = new Map<string, number>([...known].map(([key, { id }]) => [key, id]));
  const childrenOf = Map.groupBy(fresh, ({ parent }) => parent);
  // Made before, so that all tasks take the same steps: their numbers are in the order of the file.
  for (const role of new Set(fresh.map((task) => task.role))) {
    await schedulingClass(tx, { projectId: options.projectId, role, agent: null });
  }
  await together(fresh, async (task) => {
    const children = (childrenOf.get(task.key) ?? []).map(({ state }) => state);
    const waiting = waitingOf(task, children, states);
    const needs = task.needs.filter((key) => states.has(key) || known.has(key));
    const was: AsImported = { ...pickWas(task), state: waiting.state, needs };
    const imported = { importId, source: JSON.stringify({ ...task.source, was }) };
    ids.set(task.key, await insertTask(tx, { ...insertOf(task, options), ...waiting, sprintId, imported }));
  });
  const linked = async ({ key, needs, parent }: SprintTask) => {
    const id = ids.get(key) ?? 0;
    await insertNeeds(
      tx,
      id,
      needs.flatMap((need) => edgeTo(need, ids, states)),
    );
    if (parent === null) return;
    await tx.run("UPDATE task SET parent_id = ? WHERE id = ?", ids.get(parent) ?? null, id);
    const joined = known.get(parent);
    if (joined && !isFinal(joined.state) && !isFinal(states.get(key) ?? "failed")) {
      await tx.run("UPDATE task SET open_children = open_children + 1 WHERE id = ?", joined.id);
    }
  };
  await together(fresh, linked, ({ needs }) => 1 + needs.length);
  // What has ended here already counts for the new ones, as if it ended now.
  for (const row of known.values()) if (isFinal(row.state)) await carryOn(tx, { ...row, parent_id: null });
}

function pickWas({ role, priority, title }: SprintTask) {
  return { role, priority, title };
}

/** Asked of the database at once, and merged where it can: each for itself would take its time from every other writer. */
const TOGETHER = 500;

/** `sizeOf`: how many statements an item asks at once. */
async function together<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  sizeOf: (item: Item) => number = () => 1,
): Promise<void> {
  let part: Item[] = [];
  let size = 0;
  for (const item of items) {
    part.push(item);
    size += sizeOf(item);
    if (size < TOGETHER) continue;
    await Promise.all(part.map(work));
    part = [];
    size = 0;
  }
  await Promise.all(part.map(work));
}

/** By what the file says of its own new tasks; needs on tasks that are here already are open until all are in. */
function waitingOf(task: SprintTask, children: readonly TaskState[], states: ReadonlyMap<string, TaskState>) {
  if (isFinal(task.state)) return { state: task.state, blockedBy: 0, openChildren: 0 };
  const blockedBy = task.needs.filter((key) => states.get(key) !== "completed").length;
  const openChildren = children.filter((state) => !isFinal(state)).length;
  const waits = blockedBy > 0 || (task.rollsUp && openChildren > 0);
  const state: TaskState = task.state === "parked" ? "parked" : waits ? "blocked" : "queued";
  return { state, blockedBy, openChildren };
}

function insertOf(task: SprintTask, { projectId, cwd, actor }: ImportOptions) {
  return {
    projectId,
    key: task.key,
    title: task.title,
    role: task.role,
    agent: null,
    priority: task.priority,
    rollsUp: task.rollsUp,
    notBefore: null,
    // A lease that somebody holds ends one day, and then the task is nobody's.
    ...(task.state === "parked" && {
      parked: { reason: "person" as const, note: task.parkedNote ?? null, until: task.heldBy?.until ?? null },
      heldBy: task.heldBy?.holder ?? null,
    }),
    endReason: task.state === "failed" ? "imported as failed" : null,
    maxAttempts: null,
    submittedBy: actor,
    finishedAt: task.finishedAt,
    prompt: task.prompt,
    cwd,
    timeoutSeconds: null,
    data: null,
  };
}

function edgeTo(need: string, ids: ReadonlyMap<string, number>, states: ReadonlyMap<string, TaskState>) {
  const onTaskId = ids.get(need);
  return onTaskId === undefined ? [] : [{ onTaskId, policy: "block" as const, met: states.get(need) === "completed" }];
}

async function insertImport(tx: Tx, queue: SprintQueue, { projectId, file, actor }: ImportOptions): Promise<number> {
  const row = await tx.get<{ id: number }>(
    `INSERT INTO imported_queue(project_id, sprint_id, file, header, imported_by, imported_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
    projectId,
    queue.sprintId,
    file,
    JSON.stringify({ header: queue.header, leftOut: queue.leftOut }),
    actor,
    tx.now(),
  );
  if (!row) throw new Error("an inserted import gave no id");
  await appendEvent(tx, {
    topic: "queue.imported",
    actor,
    projectId,
    data: { file, sprintId: queue.sprintId, tasks: queue.tasks.length },
  });
  return row.id;
}

/** Tasks of this sprint that are here already, by key. */
export async function knownTasks(
  read: Pick<Reader, "get">,
  queue: SprintQueue,
  projectId: number,
): Promise<Map<string, TaskRow>> {
  const known = new Map<string, TaskRow>();
  const strangers: string[] = [];
  const found = new Map<string, TaskRow>();
  await together(queue.tasks, async ({ key }) => {
    const row = await taskByKey(read, projectId, key);
    if (row) found.set(key, row);
  });
  for (const { key } of queue.tasks) {
    const row = found.get(key);
    if (!row) continue;
    // What was carried over is known by the file that brought it and by that of the sprint that it is in now.
    const origin = await read.get<{ brought: string | null; label: string | null }>(
      `SELECT coalesce(i.sprint_id, '') AS brought, s.label FROM task_detail d LEFT JOIN sprint s ON s.id = d.sprint_id
         LEFT JOIN imported_queue i ON i.id = d.import_id WHERE d.task_id = ? AND (i.id IS NOT NULL OR s.id IS NOT NULL)`,
      row.id,
    );
    const label = queue.sprintId ?? "";
    if (origin && (origin.brought === label || origin.label === label)) known.set(key, row);
    else strangers.push(key);
  }
  if (strangers.length > 0) {
    const named = strangers.slice(0, 10).join(", ");
    refuse("conflict", `${strangers.length} of its tasks have a key that another task of the project has: ${named}.`, {
      hint: "Import it into a project of its own: two queues with the same ids must not meet.",
      data: { keys: strangers.slice(0, 100) },
    });
  }
  return known;
}
