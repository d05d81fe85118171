/** What could be claimed now from a sprint queue, within its WIP limits: what `queue import --dry-run` shows. */
import type { SprintTask } from "./tasks.ts";

/** Tasks of one role at a time where the file gives no limit; an explicit 0 means none. */
const DEFAULT_WIP_LIMIT = 1;

export interface ClaimableQueue {
  /** In file order. */
  readonly tasks: readonly SprintTask[];
  readonly wipLimits: Readonly<Record<string, number>>;
}

/** Keys by role, the best first; a role with nothing to claim is absent. */
export function claimable({ tasks, wipLimits }: ClaimableQueue): Record<string, string[]> {
  const completed = new Set(tasks.filter(({ state }) => state === "completed").map(({ key }) => key));
  const waiting = new Map<string, SprintTask[]>();
  const taken = new Map<string, number>();
  for (const task of tasks) {
    // Whoever holds the lease works somewhere, and counts as one of the role.
    if (task.heldBy !== null) taken.set(task.role, (taken.get(task.role) ?? 0) + 1);
    if (task.state !== "queued" || !task.needs.every((key) => completed.has(key))) continue;
    const others = waiting.get(task.role);
    if (others) others.push(task);
    else waiting.set(task.role, [task]);
  }
  const offers = [...waiting].map(([role, queue]): [string, string[]] => {
    const slots = Math.max(0, (wipLimits[role] ?? DEFAULT_WIP_LIMIT) - (taken.get(role) ?? 0));
    const best = queue.toSorted((a, b) => b.priority - a.priority).slice(0, slots);
    return [role, best.map(({ key }) => key)];
  });
  return Object.fromEntries(offers.filter(([, keys]) => keys.length > 0));
}
