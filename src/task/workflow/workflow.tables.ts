/** Which tasks came of which start of a workflow: kept with the tasks, and forgotten with them. */
import type { Migration } from "../../store/store.ts";

export const workflowTables: Migration = {
  name: "workflow/1",
  up: (d) => [
    `ALTER TABLE task_detail ADD COLUMN workflow ${d.text}`,
    `ALTER TABLE task_detail ADD COLUMN workflow_version ${d.text}`,
    `ALTER TABLE task_detail ADD COLUMN workflow_key ${d.text}`,
    "CREATE INDEX task_workflow ON task_detail(workflow_key) WHERE workflow_key IS NOT NULL",
  ],
};
