/** Runs: one go at a task by one agent. The database itself refuses a second live run of a task. */
import type { Migration } from "../store/store.ts";
import { OUTCOMES } from "./outcome.ts";

export const runTables: Migration = {
  name: "run/1",
  up: (d) => [
    `CREATE TABLE run (
      id ${d.identity},
      project_id ${d.integer} NOT NULL REFERENCES project(id),
      task_id ${d.integer} NOT NULL REFERENCES task(id),
      host_id ${d.integer} NOT NULL REFERENCES host(id),
      number ${d.integer} NOT NULL,
      stage ${d.integer} NOT NULL,
      role ${d.text} NOT NULL,
      agent ${d.text} NOT NULL,
      agent_version ${d.integer} NOT NULL,
      token ${d.text} NOT NULL,
      state ${d.text} NOT NULL CHECK (state IN ('starting', 'running', 'ended')),
      custody ${d.text},
      pid ${d.integer},
      start_ticks ${d.integer},
      boot_id ${d.text},
      namespace ${d.text},
      punched ${d.text} NOT NULL DEFAULT '{}',
      stop_reason ${d.text},
      stop_requested_at ${d.integer},
      outcome ${d.text} CHECK (outcome IN (${OUTCOMES.map((outcome) => `'${outcome}'`).join(", ")})),
      reason ${d.text},
      exit_code ${d.integer},
      created_at ${d.integer} NOT NULL,
      launched_at ${d.integer},
      launched_uptime ${d.integer},
      ended_at ${d.integer},
      CHECK ((state = 'ended') = (outcome IS NOT NULL)),
      CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
      CHECK (state <> 'running' OR (pid IS NOT NULL AND boot_id IS NOT NULL))
    )${d.tableEnd}`,
    "CREATE UNIQUE INDEX run_one_live ON run(task_id) WHERE state <> 'ended'",
    "CREATE INDEX run_live ON run(host_id) WHERE state <> 'ended'",
    "CREATE INDEX run_task ON run(task_id, id)",
  ],
};

/** The gate that a run is (null: its agent's go at the task), and as JSON what it hands over to the next stage. */
export const runStageTables: Migration = {
  name: "run/3",
  up: (d) => [`ALTER TABLE run ADD COLUMN gate ${d.text}`, `ALTER TABLE run ADD COLUMN handover ${d.text}`],
};

/** Who had it claimed; and the runs of a role, the newest first. */
export const runRoleTables: Migration = {
  name: "run/4",
  up: (d) => [`ALTER TABLE run ADD COLUMN claimed_by ${d.text}`, "CREATE INDEX run_role ON run(role, id)"],
};

/** What an agent that is talked with says of itself: the vendor's session, by which a later run goes on, and all else as JSON. */
export const runToldTables: Migration = {
  name: "run/2",
  up: (d) => [
    `ALTER TABLE run ADD COLUMN session ${d.text}`,
    `ALTER TABLE run ADD COLUMN session_state ${d.text} CHECK (session_state IN ('open', 'deferred', 'retired'))`,
    `ALTER TABLE run ADD COLUMN told ${d.text}`,
  ],
};
