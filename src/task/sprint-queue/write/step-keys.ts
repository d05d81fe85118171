/** Names for tasks that came in without one, as a queue file names its steps: `T001-B01`, `T001-T02`. */
import type { SprintItem } from "../../sprint/items.ts";
import { nearestRole } from "./status-word.ts";

/** What a reader takes as an id: slashes, which a key may have, are none of it. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Longest name that another is made from, in characters. */
const MAX_STEM = 120;

/** By item. Names that are there are kept, and none is given twice. */
export function keysFor(items: readonly SprintItem[], taken: Iterable<string>): Map<SprintItem, string> {
  const used = new Set(taken);
  const keys = new Map<SprintItem, string>();
  const keep = (item: SprintItem, key: string) => {
    used.add(key);
    keys.set(item, key);
  };
  for (const item of items) {
    const { key } = item.first;
    if (key !== null && (item.source !== null || (ID.test(key) && !used.has(key)))) keep(item, key);
  }
  const name = (item: SprintItem): string => {
    const known = keys.get(item);
    if (known !== undefined) return known;
    const stem = item.parent ? name(item.parent).slice(0, MAX_STEM) : `S${item.first.id}`;
    const letter = nearestRole(item.first.role)[0]?.toUpperCase() ?? "B";
    for (let n = 1; ; n++) {
      const key = item.parent || n > 1 ? `${stem}-${letter}${String(n).padStart(2, "0")}` : stem;
      if (used.has(key)) continue;
      keep(item, key);
      return key;
    }
  };
  for (const item of items) name(item);
  return keys;
}
