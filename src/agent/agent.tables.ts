/** What is known of agents beside their definition: is one unhealthy, and why. */
import type { Migration } from "../store/store.ts";

export const agentTables: Migration = {
  name: "agent/1",
  up: (d) => [
    `CREATE TABLE agent_health (
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      agent ${d.text} NOT NULL,
      unhealthy_since ${d.integer} NOT NULL,
      reason ${d.text} NOT NULL,
      PRIMARY KEY (project_id, agent)
    )${d.tableEnd}`,
  ],
};
