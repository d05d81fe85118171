/** Finds tasks that wait for each other in a circle, reports the path, and unties what would never end. */
import { type Draft, hold, isOver, rollsUp } from "./links.ts";
import type { Notes } from "./report.ts";

/** Tasks of a circle that are named in a note. */
const MAX_PATH = 12;

/**
 * Afterwards no task waits for itself in any way, a parent's wait for its children included, and the drafts come back
 * in an order in which each stands behind all that it waits for.
 */
export function untie(drafts: readonly Draft[], notes: Notes): Draft[] {
  const rank = ranks(drafts);
  for (const knot of knots(drafts)) {
    const members = new Set(knot);
    for (const draft of knot) {
      if (isOver(draft))
        dropNeeds(draft, notes, (need) => members.has(need), "it is finished and needs nobody any more");
    }
  }
  for (const knot of knots(drafts)) {
    const members = new Set(knot);
    const path = circle(knot, members);
    for (const draft of knot) {
      const place = { task: draft.key, field: "dependencies", at: `${draft.at}.dependencies` };
      // A parent that only rolls up has nothing to run that a person would have to let go.
      if (rollsUp(draft)) notes.warn(place, `waits for itself: ${path}`);
      else hold(draft, place, `waits for itself: ${path}`, notes);
      const forward = (need: Draft) => members.has(need) && (rank.get(need) ?? 0) > (rank.get(draft) ?? 0);
      dropNeeds(draft, notes, forward, "that closes the circle");
    }
  }
  return components(drafts).flat();
}

/** File order, but children before their parent: a wait that goes forward in it is the likelier mistake. */
function ranks(drafts: readonly Draft[]): Map<Draft, number> {
  const backwards: Draft[] = [];
  const open = drafts.filter(({ parent }) => parent === undefined);
  for (let next = open.pop(); next; next = open.pop()) {
    backwards.push(next);
    open.push(...next.children);
  }
  return new Map(backwards.reverse().map((draft, index) => [draft, index]));
}

function dropNeeds(draft: Draft, notes: Notes, which: (need: Draft) => boolean, why: string): void {
  const dropped = draft.needs.filter(which);
  if (dropped.length === 0) return;
  draft.needs = draft.needs.filter((need) => !which(need));
  const keys = dropped.slice(0, MAX_PATH).map(({ key }) => key);
  notes.normalised(
    { task: draft.key, field: "dependencies", at: `${draft.at}.dependencies` },
    `the dependency on ${keys.join(", ")} is not read: ${why}`,
  );
}

/** A parent that is not finished waits for its children as for a need: that is how it rolls up. */
function waitsFor(draft: Draft): readonly Draft[] {
  return isOver(draft) ? draft.needs : [...draft.needs, ...draft.children];
}

function knots(drafts: readonly Draft[]): Draft[][] {
  return components(drafts).filter(({ length }) => length > 1);
}

interface Visit {
  readonly draft: Draft;
  readonly waits: readonly Draft[];
  next: number;
}

/** Strongly connected components, those that others wait for first (Tarjan 1972, without recursion). */
function components(drafts: readonly Draft[]): Draft[][] {
  const index = new Map<Draft, number>();
  const low = new Map<Draft, number>();
  const pending: Draft[] = [];
  const isPending = new Set<Draft>();
  const found: Draft[][] = [];

  const lower = (draft: Draft, to: number) => low.set(draft, Math.min(low.get(draft) ?? to, to));
  const enter = (draft: Draft): Visit => {
    index.set(draft, index.size);
    lower(draft, index.size - 1);
    pending.push(draft);
    isPending.add(draft);
    return { draft, waits: waitsFor(draft), next: 0 };
  };
  const leave = (draft: Draft) => {
    if (low.get(draft) !== index.get(draft)) return;
    const component = pending.splice(pending.lastIndexOf(draft));
    for (const member of component) isPending.delete(member);
    found.push(component);
  };

  for (const start of drafts) {
    if (index.has(start)) continue;
    const path = [enter(start)];
    for (let here = path.at(-1); here; here = path.at(-1)) {
      const other = here.waits[here.next++];
      if (!other) {
        leave(here.draft);
        path.pop();
        const above = path.at(-1);
        if (above) lower(above.draft, low.get(here.draft) ?? 0);
      } else if (!index.has(other)) path.push(enter(other));
      else if (isPending.has(other)) lower(here.draft, index.get(other) ?? 0);
    }
  }
  return found;
}

/** The shortest way from the knot's first task back to itself, as text. */
function circle(knot: readonly Draft[], members: ReadonlySet<Draft>): string {
  const [start] = knot;
  const cameFrom = new Map<Draft, Draft>();
  const open = start ? [start] : [];
  for (const here of open) {
    for (const next of waitsFor(here)) {
      if (!members.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, here);
      if (next !== start) open.push(next);
    }
  }
  const path = start ? [start] : [];
  for (let at = start && cameFrom.get(start); at && at !== start; at = cameFrom.get(at)) path.unshift(at);
  const keys = (start ? [start, ...path] : path).map(({ key }) => key);
  return (keys.length > MAX_PATH ? [...keys.slice(0, MAX_PATH - 1), "…", keys.at(-1)] : keys).join(" → ");
}
