/** What needs what among the tasks of a workflow: in which order they are submitted, on which level each stands, and circles. */

/** By task: the tasks that it needs. Needs of tasks that are not there are passed over. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Each task after all that it needs, and otherwise as they were written; only of a graph without circles. */
export function inOrder(graph: Graph): string[] {
  const placed = new Set<string>();
  const place = (id: string) => {
    if (placed.has(id)) return;
    for (const need of needsIn(graph, id)) place(need);
    placed.add(id);
  };
  for (const id of graph.keys()) place(id);
  return [...placed];
}

/** Levels: what needs nothing, then what needs only that, and so on. What stands in or behind a circle is on none. */
export function levelsOf(graph: Graph): string[][] {
  const levelOf = new Map<string, number>();
  const neededBy = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const id of graph.keys()) {
    const needs = needsIn(graph, id);
    open.set(id, needs.length);
    for (const need of needs) neededBy.set(need, [...(neededBy.get(need) ?? []), id]);
  }
  let level = [...graph.keys()].filter((id) => open.get(id) === 0);
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = [];
    for (const id of level) {
      levelOf.set(id, depth);
      for (const waiting of neededBy.get(id) ?? []) {
        const left = (open.get(waiting) ?? 0) - 1;
        open.set(waiting, left);
        if (left === 0) next.push(waiting);
      }
    }
    level = next;
  }
  const levels: string[][] = [];
  for (const id of graph.keys()) {
    const depth = levelOf.get(id);
    if (depth === undefined) continue;
    while (levels.length <= depth) levels.push([]);
    levels[depth]?.push(id);
  }
  return levels;
}

/** A circle, from a task back to itself (`a`, `b`, `a`); undefined when there is none. */
export function circleIn(graph: Graph): string[] | undefined {
  const settled = new Set(levelsOf(graph).flat());
  const stuck = [...graph.keys()].find((id) => !settled.has(id));
  if (stuck === undefined) return undefined;
  const path: string[] = [];
  for (let at = stuck; ; ) {
    const seen = path.indexOf(at);
    if (seen >= 0) return [...path.slice(seen), at];
    path.push(at);
    // What is on no level needs something that is on none either.
    at = needsIn(graph, at).find((need) => !settled.has(need)) as string;
  }
}

function needsIn(graph: Graph, id: string): readonly string[] {
  return [...new Set(graph.get(id) ?? [])].filter((need) => graph.has(need));
}
