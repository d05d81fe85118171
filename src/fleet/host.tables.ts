/** Hosts and their liveness: one heartbeat per host, not per run. */
import type { Migration } from "../store/store.ts";

export const hostTables: Migration = {
  name: "fleet/1",
  up: (d) => [
    `CREATE TABLE host (
      id ${d.identity},
      key ${d.text} NOT NULL UNIQUE,
      name ${d.text} NOT NULL,
      version ${d.text} NOT NULL,
      started_at ${d.integer} NOT NULL
    )${d.tableEnd}`,
  ],
};
