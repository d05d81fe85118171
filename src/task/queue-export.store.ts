/** Reads a sprint out of the store as the material of a queue file. */
import type { Dialect } from "../store/dialect.ts";
import type { Reader } from "../store/store.ts";
import { itemsById, itemsOf, needsByTask, type SprintItem } from "./sprint/items.ts";
import { needsOfTasks, type Sprint, type SprintNeed, tasksOfSprint } from "./sprint/sprint.store.ts";
import type { SprintSource } from "./sprint-queue/entries.ts";
import { readHeader } from "./sprint-queue/header.ts";
import { isObject } from "./sprint-queue/json.ts";
import { createNotes } from "./sprint-queue/report.ts";
import { parseAsWritten } from "./sprint-queue/style.ts";
import { isTouched } from "./sprint-queue/write/entry.ts";
import { keysFor } from "./sprint-queue/write/step-keys.ts";
import { type Happened, STORY_TOPICS, storyFrom } from "./sprint-queue/write/story.ts";
import { type WrittenQueue, writeSprintQueue } from "./sprint-queue/write/write.ts";
import { nameOf } from "./task.service.ts";

type StoreToRead = { readonly read: Reader; readonly dialect: Dialect };

export async function exportSprint({ read, dialect }: StoreToRead, sprint: Sprint): Promise<WrittenQueue> {
  const items = itemsOf(await tasksOfSprint(read, sprint.id));
  const ids = items.map(({ now }) => now.id);
  const touched = items.filter(isTouched);
  const [needs, happened, prompts, imports] = await Promise.all([
    needsOfTasks(read, dialect, ids),
    eventsOf(
      read,
      dialect,
      touched.flatMap(({ rows }) => rows.map(({ id }) => id)),
    ),
    promptsOf(
      read,
      dialect,
      items.filter(({ source }) => source === null).map(({ now }) => now.id),
    ),
    importsOf(read, sprint.project_id),
  ]);
  const keys = keysFor(items, leftOutIds(imports, sprint));
  const byId = itemsById(items);
  const needsOf = needsByTask(needs);
  const factsOf = (item: SprintItem) => ({
    key: keys.get(item) ?? "",
    needs: (needsOf.get(item.now.id) ?? []).flatMap((need) => needName(need, byId, keys)),
    story: isTouched(item)
      ? storyFrom(
          item.rows.flatMap(({ id }) => happened.get(id) ?? []),
          item.was?.role ?? item.first.role,
        )
      : null,
    prompt: prompts.get(item.now.id) ?? null,
  });
  return writeSprintQueue({
    label: sprint.label,
    number: sprint.number,
    completedAt: sprint.completed_at,
    head: sprint.head,
    items,
    factsOf,
    leftOut: leftOutOf(imports, sprint),
    originOf: (importId) => imports.get(importId),
  });
}

/** A need on what stands in no file of the sprint is told by its name while it is open. */
function needName(
  { on_task_id, met, key, state }: SprintNeed,
  byId: ReadonlyMap<number, SprintItem>,
  keys: ReadonlyMap<SprintItem, string>,
): string[] {
  const item = byId.get(on_task_id);
  const known = item && keys.get(item);
  if (known !== undefined) return [known];
  return met === 1 || state === "completed" ? [] : [nameOf({ key, id: on_task_id })];
}

interface Import {
  readonly label: string;
  readonly number: number | null;
  readonly leftOut: readonly SprintSource[];
}

async function importsOf(read: Reader, projectId: number): Promise<Map<number, Import>> {
  const rows = await read.all<{ id: number; sprint_id: string | null; header: string }>(
    "SELECT id, sprint_id, header FROM imported_queue WHERE project_id = ? ORDER BY id",
    projectId,
  );
  return new Map(
    rows.map(({ id, sprint_id, header: text }) => {
      const { header, leftOut } = parseAsWritten(text) as { header: unknown; leftOut: SprintSource[] };
      const { sprint: number } = readHeader(isObject(header) ? header : {}, createNotes());
      return [id, { label: sprint_id ?? "", number, leftOut }];
    }),
  );
}

/** What a later import of the same sprint left out again is written once. */
function leftOutOf(imports: ReadonlyMap<number, Import>, { label }: Sprint) {
  const before = new Set<string>();
  return [...imports].flatMap(([importId, one]) => {
    if (one.label !== label) return [];
    const fresh = one.leftOut.filter(({ fields }) => !before.has(JSON.stringify(fields)));
    for (const { fields } of one.leftOut) before.add(JSON.stringify(fields));
    return fresh.map(({ at, fields }) => ({ at, fields, importId }));
  });
}

/** No new task is given the name of one of them. */
function leftOutIds(imports: ReadonlyMap<number, Import>, sprint: Sprint): string[] {
  return leftOutOf(imports, sprint).flatMap(({ fields }) =>
    isObject(fields) && typeof fields.id === "string" ? [fields.id] : [],
  );
}

async function eventsOf(
  read: Reader,
  { eachInteger }: Dialect,
  ids: readonly number[],
): Promise<Map<number, Happened[]>> {
  const rows = await read.all<Omit<Happened, "data"> & { task_id: number; data: string }>(
    `SELECT task_id, at, topic, actor, data FROM event WHERE task_id IN (SELECT value FROM ${eachInteger})
       AND topic IN (${STORY_TOPICS.map(() => "?").join(", ")}) ORDER BY id`,
    JSON.stringify(ids),
    ...STORY_TOPICS,
  );
  return Map.groupBy(
    rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> })),
    ({ task_id }) => task_id,
  );
}

async function promptsOf(read: Reader, { eachInteger }: Dialect, ids: readonly number[]): Promise<Map<number, string>> {
  const rows = await read.all<{ task_id: number; prompt: string }>(
    `SELECT task_id, prompt FROM task_detail WHERE task_id IN (SELECT value FROM ${eachInteger})`,
    JSON.stringify(ids),
  );
  return new Map(rows.map(({ task_id, prompt }) => [task_id, prompt]));
}
