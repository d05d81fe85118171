/** PostgreSQL as one of the stores that suites run on: one server per test file, and in it a schema per place, which is made in no time. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll } from "vitest";
import { openPostgres } from "../../src/store/postgres.ts";
import { migrations } from "../../src/tables.ts";
import type { StoreKind } from "./places.ts";
import { noServerBecause, type PostgresServer, startPostgres } from "./postgres-server.ts";

/** Where the binaries are part of the development dependencies, tests without them are a fault and not a choice. */
const mustBeThere = process.platform === "linux" && process.arch === "x64";

const missing = process.env.PG_URL ? undefined : noServerBecause();

let starting: Promise<PostgresServer> | undefined;
let shared: Promise<string> | undefined;

/** A server that was lent to us keeps nothing. */
try {
  afterAll(async () => {
    if (shared) await removeDatabase(await shared);
    shared = undefined;
  });
} catch {
  // A process that a test started; its database is the test's.
}

export const postgres: StoreKind = {
  name: "PostgreSQL",
  ...(missing !== undefined && !mustBeThere && { unavailable: missing }),
  async newPlace() {
    shared ??= newDatabase();
    const url = new URL(await shared);
    const schema = `place_${randomBytes(8).toString("hex")}`;
    await administer(url.href, `CREATE SCHEMA ${schema}`);
    url.searchParams.set("options", `-c search_path=${schema}`);
    return url.href;
  },
  open: (address, { clock, migrations: wanted = migrations } = {}) =>
    openPostgres({ url: address, migrations: wanted, clock }),
  async daemonSettings() {
    const url = await postgres.newPlace();
    return { settings: { store: { url } }, remove: () => postgres.removePlace(url) };
  },
  async removePlace(address) {
    const schema = new URL(address).searchParams.get("options")?.replace("-c search_path=", "");
    await administer(address, `DROP SCHEMA ${schema} CASCADE`);
  },
};

/** For what only a whole database can have. Gives its URL. */
export async function newDatabase(): Promise<string> {
  if (missing !== undefined) throw new Error(missing);
  const database = `steward_${randomBytes(8).toString("hex")}`;
  const create = `CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`;
  const server = await urlOf(undefined);
  // Sorted as people do: whatever relies on the order of bytes must say so itself. A server older than 15, or without ICU, has its own way.
  await administer(server, `${create} LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'`).catch((error: unknown) => {
    if (!process.env.PG_URL) throw error;
    return administer(server, `${create} LOCALE 'C'`);
  });
  return await urlOf(database);
}

export async function removeDatabase(url: string): Promise<void> {
  await administer(await urlOf(undefined), `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
}

async function urlOf(database: string | undefined): Promise<string> {
  if (process.env.PG_URL) {
    const url = new URL(process.env.PG_URL);
    if (database !== undefined) url.pathname = `/${database}`;
    return url.href;
  }
  starting ??= startPostgres();
  return (await starting).url(database ?? "postgres");
}

async function administer(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
