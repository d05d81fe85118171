/** Events: immutable past-tense facts, numbered, written in the transaction of the change they tell of. */
import type { Migration } from "../store/store.ts";

export const eventTables: Migration = {
  name: "event/1",
  up: (d) => [
    `CREATE TABLE event (
      id ${d.identity},
      at ${d.integer} NOT NULL,
      topic ${d.text} NOT NULL,
      actor ${d.text} NOT NULL,
      project_id ${d.integer},
      task_id ${d.integer},
      run_id ${d.integer},
      data ${d.text} NOT NULL DEFAULT '{}'
    )${d.tableEnd}`,
    "CREATE INDEX event_task ON event(task_id, id) WHERE task_id IS NOT NULL",
  ],
};

/** What happened in one run is asked for by whoever follows it. */
export const eventOfRunIndex: Migration = {
  name: "event/run",
  up: () => ["CREATE INDEX event_run ON event(run_id, id) WHERE run_id IS NOT NULL"],
};
