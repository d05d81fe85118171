/** Starts a workflow: all its tasks, or none. Under a key that was used it gives the tasks of then. */
import type { Limits } from "../../config/limits.ts";
import { publicId } from "../../core/ids.ts";
import { refuse } from "../../core/refusal.ts";
import { appendEvent } from "../../event/event.store.ts";
import type { Reader, Tx } from "../../store/store.ts";
import { submitTask } from "../task.service.ts";
import type { TaskState } from "../task.ts";
import type { Planned } from "./plan.ts";
import { type Origin, setOrigin, tasksOfStart } from "./workflow.store.ts";

export interface Started {
  readonly version: string;
  readonly created: boolean;
  readonly tasks: readonly StartedTask[];
}

interface StartedTask {
  /** As in the file, without the key. */
  readonly id: string;
  readonly taskId: string;
  readonly state: TaskState | "stopping";
}

/** Within one transaction. */
export async function startWorkflow(
  tx: Tx,
  plan: readonly Planned[],
  origin: Origin,
  { actor, limits }: { readonly actor: string; readonly limits: Limits },
): Promise<Started> {
  const known = await startedBefore(tx, origin);
  if (known) return known;
  const { projectId } = origin;
  const taskIds = new Map<string, string>();
  const tasks: StartedTask[] = [];
  for (const { id, task, needs } of plan) {
    const resolved = needs.map((need) => ({ taskId: taskIds.get(need.id) ?? need.id, policy: need.policy }));
    const submitted = await submitTask(tx, { ...task, needs: resolved }, actor, limits, { projectId });
    if (!submitted.created) refuseStranger(String(task.key));
    await setOrigin(tx, submitted.task.id, origin);
    const taskId = publicId("task", submitted.task.id);
    taskIds.set(id, taskId);
    tasks.push({ id, taskId, state: submitted.task.state });
  }
  await appendEvent(tx, {
    topic: "workflow.started",
    actor,
    projectId,
    data: { name: origin.name, key: origin.key ?? null, version: origin.version, tasks: [...taskIds.values()] },
  });
  return { version: origin.version, created: true, tasks };
}

/** The tasks of an earlier start in this project under this key: undefined where there was none. */
export async function startedBefore(
  read: Reader,
  { projectId, name, key }: Omit<Origin, "version">,
): Promise<Started | undefined> {
  const rows = key === undefined ? [] : await tasksOfStart(read, projectId, key);
  const [first] = rows;
  if (key === undefined || !first) return undefined;
  if (first.workflow !== name) {
    refuse("conflict", `${key} is the key of a start of ${first.workflow}.`, { hint: "Choose another key." });
  }
  const tasks = rows.map((row) => ({
    id: row.key?.slice(key.length + 1) ?? publicId("task", row.id),
    taskId: publicId("task", row.id),
    state: row.state === "running" && row.cancel_requested_at !== null ? ("stopping" as const) : row.state,
  }));
  return { version: first.workflow_version, created: false, tasks };
}

function refuseStranger(key: string): never {
  refuse("conflict", `There is a task ${key} already, which came of no workflow.`, {
    hint: "Choose another key.",
    data: { key },
  });
}
