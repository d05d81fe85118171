/** Puts entries back where they stood: by their places in the files that brought them, else with their parents. */
import { isObject } from "../json.ts";

/** Levels below the top that a reader takes; what would be deeper names its parent and stands at the top. */
const MAX_NESTING = 8;

export interface Entry {
  /** Undefined of what could not become a task. */
  readonly id: number | undefined;
  /** The number of its import, and its place in that file as `tasks[3].subtasks[0]`; null of what came later. */
  readonly importId: number | null;
  readonly at: string | null;
  readonly fields: unknown;
  /** The entry that is its parent, by id. */
  readonly parent: number | undefined;
}

interface Node {
  readonly entry: Entry;
  readonly children: Node[];
  readonly level: number;
}

/** The list of tasks as it stands in the file. `nests`: what came later stands within its parent, else behind its last part. */
export function placeEntries(entries: readonly Entry[], nests: boolean): unknown[] {
  const top: Node[] = [];
  const byPlace = new Map<string, Node>();
  const byId = new Map<number, Node>();
  for (const entry of entries.toSorted(inFileOrder)) {
    const container = entry.at === null ? undefined : byPlace.get(placeOf(entry.importId, entry.at.replace(LAST, "")));
    const parent = entry.parent === undefined ? undefined : byId.get(entry.parent);
    // One that a later file nested goes into its parent wherever that stands.
    const wantsNest = entry.at === null ? nests : LAST.test(entry.at);
    const holder = container ?? (wantsNest && parent && mayNest(parent) ? parent : undefined);
    const node: Node = { entry, children: [], level: holder ? holder.level + 1 : 0 };
    if (holder) holder.children.push(node);
    else if (entry.at === null && parent) top.splice(behind(top, parent, byId), 0, node);
    else top.push(node);
    if (entry.at !== null) byPlace.set(placeOf(entry.importId, entry.at), node);
    if (entry.id !== undefined) byId.set(entry.id, node);
  }
  return top.map(written);
}

const LAST = /\.subtasks\[\d+\]$/;

function placeOf(importId: number | null, at: string): string {
  return `${importId}:${at}`;
}

/** By import, then by place; what came later comes last, by age. */
export function inFileOrder(
  a: Pick<Entry, "id" | "importId" | "at">,
  b: Pick<Entry, "id" | "importId" | "at">,
): number {
  const imports = (a.importId ?? Number.MAX_SAFE_INTEGER) - (b.importId ?? Number.MAX_SAFE_INTEGER);
  if (imports !== 0) return imports;
  const [left, right] = [indexes(a.at), indexes(b.at)];
  for (let level = 0; level < Math.max(left.length, right.length); level++) {
    const difference = (left[level] ?? -1) - (right[level] ?? -1);
    if (difference !== 0) return difference;
  }
  return (a.id ?? 0) - (b.id ?? 0);
}

function indexes(at: string | null): number[] {
  return [...(at ?? "").matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index));
}

function mayNest({ entry: { fields }, level }: Node): boolean {
  if (level >= MAX_NESTING || !isObject(fields)) return false;
  return fields.subtasks === undefined || fields.subtasks === null || Array.isArray(fields.subtasks);
}

/** Where in the list the next part of that parent stands: behind the parent and the parts that are there. */
function behind(top: readonly Node[], parent: Node, byId: ReadonlyMap<number, Node>): number {
  const isPartOf = ({ entry }: Node): boolean => {
    const above = entry.parent === undefined ? undefined : byId.get(entry.parent);
    return above !== undefined && (above === parent || isPartOf(above));
  };
  const last = top.findLastIndex((node) => node === parent || isPartOf(node));
  return last === -1 ? top.length : last + 1;
}

function written({ entry: { fields }, children }: Node): unknown {
  if (children.length === 0 || !isObject(fields)) return fields;
  return { ...fields, subtasks: children.map(written) };
}
