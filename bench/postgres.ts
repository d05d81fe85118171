/** The same on PostgreSQL: durable submits through the daemon's socket, against the same daemon that commits each write alone. */
import { noServerBecause, startPostgres } from "../test/stores/postgres-server.ts";
import type { Measurement } from "./bench.ts";
import { claimRows } from "./postgres-claims.ts";
import type { Row } from "./rows.ts";
import { compare, type Load, ONE_WRITE_PER_COMMIT, openDoor } from "./submits.ts";

const LOADS: readonly Load[] = [
  { what: "32 clients, 1 in flight each", clients: 32, depth: 1, goal: { ratioAtLeast: 5 } },
  { what: "1 client, 1 in flight", clients: 1, depth: 1 },
  { what: "32 clients, 16 in flight each", clients: 32, depth: 16 },
  { what: "32 clients, batches of 64", clients: 32, depth: 1, batch: 64, goal: { atLeast: 20_000 } },
];

export const postgres: Measurement = {
  name: "postgres",
  async measure(bench) {
    const missing = noServerBecause();
    if (missing !== undefined) throw new Error(missing);
    const server = await startPostgres({ synced: true });
    const on = async (name: string) => ({ store: { url: await server.newDatabase(name) } });
    const doors = {
      alone: await openDoor(bench, "postgres-alone", { ...(await on("alone")), nodeArgs: ONE_WRITE_PER_COMMIT }),
      together: await openDoor(bench, "postgres-together", await on("together")),
    };
    try {
      const rows: Row[] = [];
      for (const load of LOADS) rows.push(await compare(bench, doors, load, " on PostgreSQL"));
      return [...rows, ...(await claimRows(bench, server))];
    } finally {
      await doors.alone.stop();
      await doors.together.stop();
      await server.end();
    }
  },
};
