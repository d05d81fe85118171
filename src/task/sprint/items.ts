/** What a sprint is made of: its tasks as its file counts them, where a task that was done again is still the one task. */
import type { SprintSource } from "../sprint-queue/entries.ts";
import { parseAsWritten } from "../sprint-queue/style.ts";
import { inFileOrder } from "../sprint-queue/write/place.ts";
import { isFinal, type TaskState } from "../task.ts";
import type { SprintNeed, SprintTaskRow } from "./sprint.store.ts";

/** How an imported task was put in: only what differs from it was changed here. */
export interface AsImported {
  readonly state: TaskState;
  readonly role: string;
  readonly priority: number;
  readonly title: string;
  /** Keys. */
  readonly needs: readonly string[];
}

export interface SprintItem {
  /** As it came in. */
  readonly first: SprintTaskRow;
  /** As it stands: the last of its retries. */
  readonly now: SprintTaskRow;
  readonly rows: readonly SprintTaskRow[];
  /** Where it stood in the file, if a file brought it. */
  readonly source: SprintSource | null;
  readonly was: AsImported | null;
  /** The item of which it is a part, as far as that is in the sprint. */
  readonly parent: SprintItem | null;
}

/** In the order of their files, then in that in which they came in: a store may number what comes at once differently. */
export function itemsOf(rows: readonly SprintTaskRow[]): SprintItem[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const firsts = new Map<number, SprintTaskRow>();
  // A retry is younger than what it does again.
  for (const row of rows) {
    const before = row.retry_of === null ? undefined : byId.get(row.retry_of);
    firsts.set(row.id, (before && firsts.get(before.id)) ?? row);
  }
  const chains = Map.groupBy(rows, (row) => firsts.get(row.id) as SprintTaskRow);
  const items = new Map<SprintTaskRow, { -readonly [Field in keyof SprintItem]: SprintItem[Field] }>();
  for (const [first, chain] of chains) {
    const kept = first.imported === null ? null : (parseAsWritten(first.imported) as Kept);
    const source = kept && { at: kept.at, fields: kept.fields };
    items.set(first, { first, now: chain.at(-1) ?? first, rows: chain, source, was: kept?.was ?? null, parent: null });
  }
  for (const item of items.values()) {
    const above = item.rows.flatMap(({ parent_id }) => firsts.get(parent_id ?? 0) ?? [])[0];
    item.parent = (above && items.get(above)) ?? null;
  }
  return [...items.values()].toSorted((a, b) => inFileOrder(placeOf(a), placeOf(b)));
}

function placeOf({ first, source }: SprintItem) {
  return { id: first.id, importId: source && first.import_id, at: source?.at ?? null };
}

type Kept = SprintSource & { readonly was?: AsImported };

export function isOpen({ now }: SprintItem): boolean {
  return !isFinal(now.state);
}

/** By the number of any of their tasks. */
export function itemsById(items: readonly SprintItem[]): Map<number, SprintItem> {
  return new Map(items.flatMap((item) => item.rows.map(({ id }) => [id, item] as const)));
}

export function needsByTask(needs: readonly SprintNeed[]): Map<number, SprintNeed[]> {
  return Map.groupBy(needs, ({ task_id }) => task_id);
}
