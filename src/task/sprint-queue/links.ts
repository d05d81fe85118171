/** Ties tasks to their parents and to what they depend on, by key; whatever cannot be tied holds its task for a person. */
import { refuse } from "../../core/refusal.ts";
import type { QueueEntry } from "./entries.ts";
import { countReferences, readReferences } from "./fields.ts";
import { type Notes, type Place, quoted } from "./report.ts";
import { type NamedStatus, readStatus } from "./status.ts";

/** As many as a task may have (TABLES §7). */
const MAX_NEEDS = 1000;

/** Of all tasks of a file together. Real queues have one or two for each task; whoever waits for a task waits for what that waits for. */
const MAX_ALL_NEEDS = 100_000;

/** A task on its way from the file: the steps of reading fill it in. */
export interface Draft extends QueueEntry, NamedStatus {
  parent: Draft | undefined;
  readonly children: Draft[];
  needs: Draft[];
  /** Why a person has to look at it before anything of it runs. */
  readonly holds: string[];
}

export function isOver({ status }: Draft): boolean {
  return status.kind === "final";
}

/** A parent of which nothing but its children is left: its plan is complete, or must have been, as it has children. */
export function rollsUp({ status, children }: Draft): boolean {
  return children.length > 0 && (status.kind === "planned" || status.kind === "blocked");
}

/** Drafts in the order of the entries. */
export function link(entries: readonly QueueEntry[], notes: Notes): Draft[] {
  boundNeeds(entries);
  const drafts = entries.map(
    (entry): Draft => ({
      ...entry,
      ...readStatus(entry, notes),
      parent: undefined,
      children: [],
      needs: [],
      holds: [],
    }),
  );
  const byKey = new Map(drafts.map((draft) => [draft.key, draft]));
  for (const draft of drafts) linkParent(draft, byKey, notes);
  for (const draft of drafts) linkNeeds(draft, byKey, notes);
  return drafts;
}

/** Before any of them is read: a file has room for millions. */
function boundNeeds(entries: readonly QueueEntry[]): void {
  let all = 0;
  for (const entry of entries) {
    all += countReferences(entry, MAX_ALL_NEEDS + 1);
    if (all <= MAX_ALL_NEEDS) continue;
    refuse("too_large", `The tasks of the queue depend on more than ${MAX_ALL_NEEDS} tasks, counted together.`, {
      hint: "A task waits for what its dependencies wait for, too: name only the nearest.",
      data: { limit: MAX_ALL_NEEDS },
    });
  }
}

function linkParent(draft: Draft, byKey: ReadonlyMap<string, Draft>, notes: Notes): void {
  const told = toldParent(draft, byKey, notes);
  const parent = draft.nestedIn === null ? (told ?? inferredParent(draft, byKey, notes)) : byKey.get(draft.nestedIn);
  if (!parent) return;
  if (told && told !== parent) {
    notes.warn(
      { task: draft.key, field: "parent", at: draft.at },
      `it names ${told.key} as its parent but is nested in ${parent.key}, which counts`,
    );
  }
  for (let above: Draft | undefined = parent; above; above = above.parent) {
    if (above !== draft) continue;
    notes.warn(
      { task: draft.key, field: "parent", at: draft.at },
      `its parent ${parent.key} would be its own descendant: it is read without a parent`,
    );
    return;
  }
  draft.parent = parent;
  parent.children.push(draft);
}

function toldParent({ key, at, fields }: Draft, byKey: ReadonlyMap<string, Draft>, notes: Notes): Draft | undefined {
  for (const field of ["parent", "parent_task"]) {
    const written = fields[field];
    if (written === undefined || written === null || written === "") continue;
    const known = typeof written === "string" || typeof written === "number";
    const parent = known ? byKey.get(String(written).trim()) : undefined;
    if (parent) return parent;
    notes.warn({ task: key, field, at: `${at}.${field}` }, `the parent ${quoted(written)} is not in the file`);
  }
  return undefined;
}

/** `P001-B02` is a step of `P001` in all real data, even where no field says so. */
function inferredParent({ key, at }: Draft, byKey: ReadonlyMap<string, Draft>, notes: Notes): Draft | undefined {
  const story = /^(.+)-[BT]\d+$/i.exec(key)?.[1];
  const parent = story === undefined ? undefined : byKey.get(story);
  if (parent) notes.normalised({ task: key, field: "parent", at }, `its id makes it a part of ${parent.key}`);
  return parent;
}

function linkNeeds(draft: Draft, byKey: ReadonlyMap<string, Draft>, notes: Notes): void {
  const references = readReferences(draft, notes);
  if (references.length > MAX_NEEDS) {
    const place = { task: draft.key, field: "dependencies", at: `${draft.at}.dependencies` };
    hold(draft, place, `depends on ${references.length} tasks; ${MAX_NEEDS} are possible`, notes);
  }
  for (const { key, written, field, at } of references.slice(0, MAX_NEEDS)) {
    const place = { task: draft.key, field, at };
    const other = key === undefined ? undefined : byKey.get(key);
    if (!other) hold(draft, place, `depends on ${quoted(key ?? written)}, which is not a task of this file`, notes);
    else if (other === draft) hold(draft, place, "depends on itself", notes);
    else linkNeed(draft, other, place, notes);
  }
}

function linkNeed(draft: Draft, other: Draft, place: Place, notes: Notes): void {
  draft.needs.push(other);
  if (isOver(draft) || other.status.kind !== "final" || other.status.state === "completed") return;
  notes.warn(place, `depends on ${other.key}, which is ${other.status.state}: it stays blocked`);
}

/** A finished task needs nobody any more: it is told of, but not held. */
export function hold(draft: Draft, place: Place, why: string, notes: Notes): void {
  notes.warn(place, isOver(draft) ? why : `${why}: parked for a person`);
  if (!isOver(draft)) draft.holds.push(why);
}
