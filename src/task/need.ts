/** Needs: which task waits for which, and how a circle among them is found before it is made. */

import { isFinal, type NeedPolicy, type TaskState } from "./task.ts";

/** Tasks looked at while searching for a circle. A graph beyond it is refused rather than searched for ever. */
export const MAX_CYCLE_SEARCH = 100_000;

/** Is a need on a task in this state met, never to be met, or open? */
export function judgeNeed(state: TaskState, policy: NeedPolicy): "met" | "open" | "failed" {
  if (state === "completed") return "met";
  if (!isFinal(state) || policy === "block") return "open";
  return policy === "continue" ? "met" : "failed";
}

/**
 * The path of the circle that `task` needing `needs` would close, from `task` back to `task`; undefined when there is none.
 * `needsOf` gives what a task needs today.
 */
export async function findCycle(
  task: number,
  needs: readonly number[],
  needsOf: (task: number) => Promise<readonly number[]>,
): Promise<readonly number[] | undefined> {
  const cameFrom = new Map<number, number>();
  const open: number[] = [];
  const visit = (next: number, from: number) => {
    if (cameFrom.has(next)) return;
    cameFrom.set(next, from);
    open.push(next);
  };
  for (const need of needs) visit(need, task);
  for (let at = 0; at < open.length; at++) {
    const here = open[at] as number;
    if (here === task) return pathTo(task, cameFrom);
    if (at >= MAX_CYCLE_SEARCH) throw new RangeError("too many needs to search");
    for (const need of await needsOf(here)) visit(need, here);
  }
  return undefined;
}

function pathTo(task: number, cameFrom: ReadonlyMap<number, number>): number[] {
  const path = [task];
  for (let at = cameFrom.get(task); at !== undefined; at = cameFrom.get(at)) {
    path.unshift(at);
    if (at === task) break;
  }
  return path;
}
