/** PostgreSQL as one of the stores that suites run on: one server per test file, one database per place. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { openPostgres } from "../../src/store/postgres.ts";
import { migrations } from "../../src/tables.ts";
import type { StoreKind } from "./places.ts";
import { noServerBecause, type PostgresServer, startPostgres } from "./postgres-server.ts";

/** Where the binaries are part of the development dependencies, tests without them are a fault and not a choice. */
const mustBeThere = process.platform === "linux" && process.arch === "x64";

const missing = process.env.PG_URL ? undefined : noServerBecause();

let starting: Promise<PostgresServer> | undefined;

export const postgres: StoreKind = {
  name: "PostgreSQL",
  ...(missing !== undefined && !mustBeThere && { unavailable: missing }),
  async newPlace() {
    if (missing !== undefined) throw new Error(missing);
    const database = `steward_${randomBytes(8).toString("hex")}`;
    // Sorted as people do: whatever relies on the order of bytes must say so itself.
    await administer(`CREATE DATABASE ${database} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`);
    return await urlOf(database);
  },
  open: (address, { clock, migrations: wanted = migrations } = {}) =>
    openPostgres({ url: address, migrations: wanted, clock }),
  async daemonSettings() {
    const url = await postgres.newPlace();
    return { settings: { store: { url } }, remove: () => postgres.removePlace(url) };
  },
  async removePlace(address) {
    await administer(`DROP DATABASE ${new URL(address).pathname.slice(1)} WITH (FORCE)`);
  },
};

async function urlOf(database: string): Promise<string> {
  if (process.env.PG_URL) {
    const url = new URL(process.env.PG_URL);
    url.pathname = `/${database}`;
    return url.href;
  }
  starting ??= startPostgres();
  return (await starting).url(database);
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.PG_URL ?? (await urlOf("postgres")) });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
