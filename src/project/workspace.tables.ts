/** Workspaces: one per task and host. A task is not forgotten before its workspace is removed. */
import type { Migration } from "../store/store.ts";
import { WORKSPACE_STATES } from "./workspace.ts";

export const workspaceTables: Migration = {
  name: "project/2",
  up: (d) => [
    `CREATE TABLE workspace (
      task_id ${d.integer} NOT NULL REFERENCES task(id),
      host_id ${d.integer} NOT NULL REFERENCES host(id),
      state ${d.text} NOT NULL CHECK (state IN (${WORKSPACE_STATES.map((state) => `'${state}'`).join(", ")})),
      repository ${d.text} NOT NULL,
      checkout ${d.text} NOT NULL,
      subdirectory ${d.text} NOT NULL,
      path ${d.text} NOT NULL,
      branch ${d.text} NOT NULL,
      base ${d.text} NOT NULL,
      changes ${d.text},
      looked_at ${d.integer},
      bytes ${d.integer},
      created_at ${d.integer} NOT NULL,
      removed_at ${d.integer},
      PRIMARY KEY (task_id, host_id),
      CHECK ((state = 'removed') = (removed_at IS NOT NULL))
    )${d.tableEnd}`,
    "CREATE INDEX workspace_there ON workspace(host_id, task_id) WHERE state <> 'removed'",
  ],
};
