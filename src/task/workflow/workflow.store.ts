/** All SQL of workflows: which tasks came of a start. */
import type { Reader, Tx } from "../../store/store.ts";
import type { TaskRow } from "../task.store.ts";

export interface Origin {
  readonly projectId: number;
  readonly name: string;
  readonly version: string;
  readonly key: string | undefined;
}

export async function setOrigin(
  tx: Tx,
  taskId: number,
  { name, version, key }: Omit<Origin, "projectId">,
): Promise<void> {
  await tx.run(
    "UPDATE task_detail SET workflow = ?, workflow_version = ?, workflow_key = ? WHERE task_id = ?",
    name,
    version,
    key ?? null,
    taskId,
  );
}

export type StartedTask = Pick<TaskRow, "id" | "key" | "state" | "cancel_requested_at"> & {
  readonly workflow: string;
  readonly workflow_version: string;
};

/** In the order in which they were submitted; those that were forgotten since are not among them. */
export function tasksOfStart(read: Reader, projectId: number, key: string): Promise<StartedTask[]> {
  return read.all<StartedTask>(
    `SELECT t.id, t.key, t.state, t.cancel_requested_at, d.workflow, d.workflow_version
       FROM task_detail d JOIN task t ON t.id = d.task_id
      WHERE d.workflow_key = ? AND t.project_id = ? ORDER BY t.id`,
    key,
    projectId,
  );
}
