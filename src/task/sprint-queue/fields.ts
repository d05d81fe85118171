/** Single fields of a task as people and models wrote them: each becomes a plain value, and what was changed is noted. */
import type { QueueEntry } from "./entries.ts";
import { isObject } from "./json.ts";
import { type Notes, plainLine, quoted, shorten } from "./report.ts";

/** Characters, as everywhere (TABLES §7). */
const MAX_TITLE = 200;

/** Characters of a reason that is shown as the note of a parked task. */
const MAX_REASON = 2000;

/** Theirs: 1 is the top. Ours: a higher number goes first. */
export const PRIORITY_MIRROR = 100;

/** Ours; where a task without a priority goes: behind all those that have one from 1 to 99. */
const PRIORITY_MISSING = 0;

/** What a store takes, on both sides of the mirror. */
const PRIORITY_RANGE = 999_000;

/** Fields that tell when a task was over, the last station first. */
export const FINISHED_FIELDS = ["integration_completed_at", "completed_at", "completed", "cancelled_at"] as const;

export function readTitle({ key, at, fields }: QueueEntry, notes: Notes): string {
  const place = { task: key, field: "title", at: `${at}.title` };
  const { title } = fields;
  const text = typeof title === "string" || typeof title === "number" ? plainLine(String(title)) : "";
  if (text === "") {
    notes.normalised(place, `the title is ${title === undefined ? "missing" : quoted(title)}: the id stands in for it`);
    return key;
  }
  const short = shorten(text, MAX_TITLE);
  if (short !== title) notes.normalised(place, "the title is made one line of at most 200 characters");
  return short;
}

/** 100 − theirs, so that the export can turn it round again. */
export function readPriority({ key, at, fields }: QueueEntry, notes: Notes): number {
  const place = { task: key, field: "priority", at: `${at}.priority` };
  const { priority } = fields;
  const theirs = typeof priority === "string" && /^\s*-?\d{1,9}\s*$/.test(priority) ? Number(priority) : priority;
  if (typeof theirs !== "number") {
    const found = priority === undefined || priority === null ? "missing" : quoted(priority);
    notes.normalised(place, `the priority is ${found}: it goes behind those that have one`);
    return PRIORITY_MISSING;
  }
  const whole = Math.max(-PRIORITY_RANGE, Math.min(PRIORITY_RANGE, Math.round(theirs)));
  if (whole !== priority) notes.normalised(place, `the priority ${quoted(priority)} is read as ${whole}`);
  return PRIORITY_MIRROR - whole;
}

/** Why it is blocked, if anybody gave a reason: then only a person ends it. */
export function readBlockedReason({ key, at, fields }: QueueEntry, notes: Notes): string | undefined {
  const reason = fields.blocked_reason;
  if (reason === undefined || reason === null || reason === false) return undefined;
  if (typeof reason === "string") return shorten(plainLine(reason), MAX_REASON) || undefined;
  notes.normalised(
    { task: key, field: "blocked_reason", at: `${at}.blocked_reason` },
    `the reason is ${quoted(reason)}, not text: it still blocks`,
  );
  return `blocked, with ${quoted(reason)} as its reason`;
}

/** Epoch ms at which a finished task was over, if the file tells. */
export function readFinishedAt({ key, at, fields }: QueueEntry, notes: Notes): number | null {
  for (const field of FINISHED_FIELDS) {
    const written = fields[field];
    if (written === undefined || written === null) continue;
    const time = readTime(written);
    if (time !== undefined) return time;
    notes.normalised(
      { task: key, field, at: `${at}.${field}` },
      `${quoted(written)} is not a time with its offset from UTC: it was not read`,
    );
  }
  return null;
}

/** ISO-8601 with an offset, or a day. A clock time without an offset could be anywhere: undefined. */
export function readTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2}))?$/i;
  const [, day, clock, offset] = iso.exec(value.trim()) ?? [];
  if (day === undefined) return undefined;
  const zone = offset?.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const time = Date.parse(clock === undefined ? day : `${day}T${clock}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

export interface Reference {
  /** As written; undefined where no task can be meant by it. */
  readonly key: string | undefined;
  readonly written: unknown;
  readonly field: "dependencies" | "depends_on";
  readonly at: string;
}

/** How many it names, those that are named twice too; no more than `atMost` of a text are counted. */
export function countReferences({ fields }: QueueEntry, atMost: number): number {
  const all = [fields.dependencies, fields.depends_on].map((written) => {
    if (written === undefined || written === null || written === "") return 0;
    if (Array.isArray(written)) return written.length;
    return typeof written === "string" ? written.split(SEPARATORS, atMost).length : 1;
  });
  return all.reduce((sum, count) => sum + count, 0);
}

const SEPARATORS = /[\s,;]+/;

/** What it says it depends on, under both names, each task once. */
export function readReferences(entry: QueueEntry, notes: Notes): Reference[] {
  const all = [...referencesIn(entry, "dependencies", notes), ...referencesIn(entry, "depends_on", notes)];
  const seen = new Set<string>();
  return all.filter(({ key, field, at }) => {
    if (key === undefined) return true;
    if (!seen.has(key)) return seen.add(key);
    notes.normalised({ task: entry.key, field, at }, `${quoted(key)} is named twice and counted once`);
    return false;
  });
}

function referencesIn({ key, at, fields }: QueueEntry, field: Reference["field"], notes: Notes): Reference[] {
  const written = fields[field];
  if (written === undefined || written === null || written === "") return [];
  const path = `${at}.${field}`;
  const place = { task: key, field, at: path };
  if (field === "depends_on") notes.normalised(place, '"depends_on" is read as "dependencies"');
  if (Array.isArray(written)) return written.map((item, index) => reference(item, field, `${path}[${index}]`));
  if (typeof written !== "string") return [reference(written, field, path)];
  notes.normalised(place, `${quoted(written)} is read as a list`);
  return written
    .split(SEPARATORS)
    .filter((part) => part !== "")
    .map((part) => reference(part, field, path));
}

function reference(written: unknown, field: Reference["field"], at: string): Reference {
  const id = isObject(written) ? written.id : written;
  const known = typeof id === "string" || typeof id === "number";
  return { key: known ? String(id).trim() : undefined, written, field, at };
}
