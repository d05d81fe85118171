/** Requests to which their caller gave a name, and what came of each of their writes. */
import type { Migration } from "../store/store.ts";

export const requestTables: Migration = {
  name: "access/request",
  up: (d) => [
    `CREATE TABLE request (
      actor ${d.text} NOT NULL,
      request_id ${d.text} NOT NULL,
      write ${d.integer} NOT NULL,
      operation ${d.text} NOT NULL,
      input_hash ${d.text} NOT NULL,
      result ${d.text} NOT NULL,
      at ${d.integer} NOT NULL,
      PRIMARY KEY (actor, request_id, write)
    )${d.tableEnd}`,
    "CREATE INDEX request_age ON request(at)",
  ],
};
