/** Cursors of durable consumers, the outbox of what is to leave the house, and what is known of its targets. */
import type { Migration } from "../../store/store.ts";

export const outboxTables: Migration = {
  name: "event/outbox",
  up: (d) => [
    `CREATE TABLE event_cursor (
      name ${d.text} PRIMARY KEY,
      after_event ${d.integer} NOT NULL CHECK (after_event >= 0),
      moved_at ${d.integer} NOT NULL
    )${d.tableEnd}`,
    `CREATE TABLE outbox_target (
      name ${d.text} PRIMARY KEY,
      stopped_at ${d.integer},
      stopped_reason ${d.text},
      delivered_at ${d.integer},
      failed_at ${d.integer},
      last_error ${d.text},
      CHECK ((stopped_at IS NULL) = (stopped_reason IS NULL))
    )${d.tableEnd}`,
    `CREATE TABLE outbox (
      id ${d.identity},
      target ${d.text} NOT NULL,
      event_id ${d.integer} NOT NULL,
      topic ${d.text} NOT NULL,
      webhook_id ${d.text} NOT NULL UNIQUE,
      payload ${d.text} NOT NULL,
      state ${d.text} NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
      attempts ${d.integer} NOT NULL DEFAULT 0 CHECK (attempts >= 0),
      next_at ${d.integer} NOT NULL,
      last_status ${d.integer},
      last_error ${d.text},
      created_at ${d.integer} NOT NULL,
      ended_at ${d.integer},
      CHECK ((state = 'pending') = (ended_at IS NULL)),
      UNIQUE (target, event_id)
    )${d.tableEnd}`,
    "CREATE INDEX outbox_pending ON outbox(target, id) WHERE state = 'pending'",
    "CREATE INDEX outbox_dead ON outbox(target, id) WHERE state = 'dead'",
    "CREATE INDEX outbox_ended ON outbox(state, ended_at) WHERE ended_at IS NOT NULL",
  ],
};
