/** How often a task may go back: what the role says that could last send it there. */
import type { Catalog } from "../agent/catalog.ts";
import type { TaskRow } from "../task/task.store.ts";
import type { RunRow } from "./run.store.ts";
import { stageOf } from "./stage.ts";

/** `runs` the newest first. Null where no role that had it, or has it, names whom it goes to when something failed. */
export function loopsAllowed(
  task: Pick<TaskRow, "project_id" | "role">,
  runs: readonly Pick<RunRow, "role">[],
  catalog: Catalog,
  limits: { readonly taskLoops: number },
): number | null {
  const roles = new Set([...runs.map(({ role }) => role), task.role]);
  const stages = [...roles].map((role) => stageOf(catalog.role(task.project_id, role)?.body, limits));
  return stages.find(({ next }) => next.failed !== undefined)?.maxLoops ?? null;
}
