/** Writes a sprint as a queue file again: what was imported as it came, and in it what has changed since. */
import { iso } from "../../../core/clock.ts";
import { refuse } from "../../../core/refusal.ts";
import type { SprintItem } from "../../sprint/items.ts";
import { recount } from "../counters.ts";
import { findEntries, type SprintSource } from "../entries.ts";
import { isObject, type JsonObject } from "../json.ts";
import { type Draft, link } from "../links.ts";
import { createNotes } from "../report.ts";
import { MAX_FILE_BYTES } from "../scan.ts";
import { DEFAULT_STYLE, type FileStyle, parseAsWritten, writeAs } from "../style.ts";
import { type EntryFacts, type Habits, knownEntry, movedEntry, newEntry } from "./entry.ts";
import { type Entry, placeEntries } from "./place.ts";

export interface Material {
  readonly label: string;
  readonly number: number | null;
  /** Epoch ms; null: its head says what its status is. */
  readonly completedAt: number | null;
  /** JSON with `header` and `style`. */
  readonly head: string;
  readonly items: readonly SprintItem[];
  readonly factsOf: (item: SprintItem) => EntryFacts;
  /** What could not become a task, by import. */
  readonly leftOut: readonly (SprintSource & { readonly importId: number })[];
  /** The sprint that an import brought. */
  readonly originOf: (importId: number) => Pick<Habits, "label" | "number"> | undefined;
}

export interface WrittenQueue {
  readonly text: string;
  readonly tasks: number;
  /** Ids, in file order, of those that are written differently from how they came. */
  readonly changed: readonly string[];
  /** Ids of those that no file brought. */
  readonly added: readonly string[];
}

/** Refuses with `too_large` what no import would take. */
export function writeSprintQueue(material: Material): WrittenQueue {
  const { header, style } = headOf(material.head);
  const habits = habitsOf(material);
  const before = entriesOf(material, ({ source }) => source?.fields);
  const written = new Map(material.items.map((item) => [item, entryFor(item, material, habits)]));
  const after = entriesOf(material, (item) => written.get(item), true);
  const keyOf = (item: SprintItem) => material.factsOf(item).key;
  const known = material.items.filter(({ source }) => source !== null);
  const changed = known.filter((item) => written.get(item) !== item.source?.fields).map(keyOf);
  const added = material.items.filter(({ source }) => source === null).map(keyOf);
  const tasks = placeEntries(after, habits.parentField === "parent_task");
  const head = completed(header, material);
  const isSame = changed.length === 0 && added.length === 0;
  const counted = isSame ? head : recounted(head, placeEntries(before, true), tasks, newestChange(material.items));
  return { text: bounded(withTasks(counted, tasks, style.tasksAt), style), tasks: after.length, changed, added };
}

interface Head {
  readonly header: JsonObject;
  readonly style: FileStyle;
}

function headOf(text: string): Head {
  const { header, style } = parseAsWritten(text) as Partial<Head>;
  return { header: isObject(header) ? header : {}, style: style ?? DEFAULT_STYLE };
}

/** As most of the file does it; nested, as the newest files do, where it has no steps. */
function habitsOf({ label, number, items }: Material): Habits {
  const sources = items.flatMap(({ source }) =>
    isObject(source?.fields) ? [{ at: source.at, fields: source.fields }] : [],
  );
  const some = (is: (fields: JsonObject) => boolean) => sources.some(({ fields }) => is(fields));
  const nests = sources.some(({ at }) => at.includes(".subtasks")) || !some(({ parent }) => typeof parent === "string");
  const isNewer = some(({ type }) => type === "Implementation" || type === "Testing");
  return {
    done:
      some(({ status }) => status === "completed") && !some(({ status }) => status === "done") ? "completed" : "done",
    parentField: nests ? "parent_task" : "parent",
    stepTypes:
      isNewer || (nests && !some(({ type }) => type === "Build" || type === "Test")) ? "Implementation" : "Build",
    label,
    number,
  };
}

function entryFor(item: SprintItem, { factsOf, originOf }: Material, habits: Habits): unknown {
  const facts = factsOf(item);
  const { source, first, parent } = item;
  if (source === null) return newEntry(item, facts, parent && factsOf(parent).key, habits);
  const origin = first.import_id === null ? undefined : originOf(first.import_id);
  const entry = knownEntry(item, facts, habits);
  return origin && origin.label !== habits.label ? movedEntry(entry, origin, habits) : entry;
}

function entriesOf({ items, leftOut }: Material, fieldsOf: (item: SprintItem) => unknown, withNew = false): Entry[] {
  const known = items
    .filter(({ source }) => withNew || source !== null)
    .map((item) => ({
      id: item.first.id,
      importId: item.source && item.first.import_id,
      at: item.source?.at ?? null,
      fields: fieldsOf(item),
      parent: item.parent?.first.id,
    }));
  return [
    ...known,
    ...leftOut.map(({ importId, at, fields }) => ({ id: undefined, importId, at, fields, parent: undefined })),
  ];
}

function completed(header: JsonObject, { completedAt }: Material): JsonObject {
  if (completedAt === null) return header;
  const { metadata } = header;
  const told = isObject(metadata)
    ? {
        ...metadata,
        ...("sprint_status" in metadata && { sprint_status: "completed" }),
        completed_at: iso(completedAt),
      }
    : metadata;
  return { ...header, status: "completed", ...(told !== undefined && { metadata: told }) };
}

/** Counters that the file has are counted anew, and `updated` is the time of the newest change: the same state gives the same file. */
function recounted(header: JsonObject, before: readonly unknown[], after: readonly unknown[], at: number): JsonObject {
  const { metadata } = header;
  if (!isObject(metadata)) return header;
  // Numbers that are kept as they are written are objects: those who count want values.
  const plain = JSON.parse(JSON.stringify({ metadata, before, after })) as { metadata: JsonObject } & Record<
    "before" | "after",
    unknown[]
  >;
  const counted = recount(plain.metadata, draftsOf(plain.before), draftsOf(plain.after));
  const same = Object.keys(counted).filter((name) => counted[name] === plain.metadata[name]);
  const changed = Object.fromEntries(Object.entries(counted).filter(([name]) => !same.includes(name)));
  return { ...header, metadata: { ...metadata, ...changed, ...("updated" in metadata && { updated: iso(at) }) } };
}

function draftsOf(tasks: readonly unknown[]): Draft[] {
  const notes = createNotes();
  return link(findEntries(tasks, notes).entries, notes);
}

function newestChange(items: readonly SprintItem[]): number {
  return items.reduce((newest, { now }) => Math.max(newest, now.updated_at), 0);
}

function withTasks(header: JsonObject, tasks: readonly unknown[], tasksAt: number | undefined): JsonObject {
  const fields = Object.entries(header);
  const metadata = fields.findIndex(([name]) => name === "metadata");
  const place = tasksAt ?? (metadata === -1 ? fields.length : metadata);
  return Object.fromEntries([...fields.slice(0, place), ["tasks", tasks], ...fields.slice(place)]);
}

/** What would be too large with its indentation is written without. */
function bounded(queue: JsonObject, style: FileStyle): string {
  const text = writeAs(queue, style);
  if (Buffer.byteLength(text) <= MAX_FILE_BYTES) return text;
  const dense = writeAs(queue, { ...style, indent: "" });
  if (Buffer.byteLength(dense) <= MAX_FILE_BYTES) return dense;
  return refuse("too_large", `The queue would be larger than ${MAX_FILE_BYTES} bytes: no import would take it.`, {
    data: { limit: MAX_FILE_BYTES },
  });
}
