/** What is known of agents beside their definition: is one unhealthy, or at its limit, and why. */
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

/** An agent has a row while its limit is reached, or may be: see `AgentLimitRow`. */
export const agentLimitTables: Migration = {
  name: "agent/2",
  up: (d) => [
    `CREATE TABLE agent_limit (
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      agent ${d.text} NOT NULL,
      state ${d.text} NOT NULL CHECK (state IN ('closed', 'due', 'probing')),
      until ${d.integer} NOT NULL,
      reason ${d.text},
      limited_at ${d.integer} NOT NULL,
      probe_run_id ${d.integer},
      PRIMARY KEY (project_id, agent),
      CHECK ((state = 'probing') = (probe_run_id IS NOT NULL))
    )${d.tableEnd}`,
  ],
};
