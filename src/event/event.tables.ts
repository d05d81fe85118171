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
