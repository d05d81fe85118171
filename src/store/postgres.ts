/** The store on PostgreSQL: one writing connection behind the write queue, a few for reading, tables of its own in one database. */
import type { Clock } from "../core/clock.ts";
import { postgresDialect } from "./dialect.ts";
import { migrate } from "./migrate.ts";
import {
  type Connection,
  ConnectionLost,
  connect,
  DEADLINES,
  type Deadlines,
  type Use,
} from "./postgres-connection.ts";
import { startHint, translate, unavailableBecause } from "./postgres-errors.ts";
import { createLink, type Link } from "./postgres-link.ts";
import { postgresTransactor, TURN } from "./postgres-writer.ts";
import { queuedStore } from "./queued-store.ts";
import { type Migration, type Param, type Reader, type Store, StoreUnusable } from "./store.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, with the parameters of libpq. */
  readonly url: string;
  readonly migrations: readonly Migration[];
  /** Default: the database's own, which all its daemons share. */
  readonly clock?: Clock | undefined;
  readonly onListenerError?: ((error: unknown) => void) | undefined;
  readonly deadlines?: Partial<Deadlines>;
}

/** Connections for reading: one slow list does not keep everybody else waiting. */
const READERS = 2;

/** Throws `StoreUnusable`. */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const reach = {};
  const link = (use: Use) => createLink(() => connect(options.url, use, deadlines), reach);
  const writer = link("seeks");
  const readers = Array.from({ length: READERS }, () => link("reads"));
  const links = [writer, ...readers];
  let address: string;
  try {
    const connection = await writer.get();
    address = connection.address;
    await migrateOn(connection, options);
  } catch (error) {
    await closeAll(links);
    throw unusable(error);
  }
  return queuedStore({
    address,
    dialect: postgresDialect,
    transactor: postgresTransactor(writer, options.clock),
    reader: readerOf(readers),
    onListenerError: options.onListenerError,
    close: () => closeAll(links),
  });
}

async function closeAll(links: readonly Link[]): Promise<void> {
  await Promise.all(links.map((link) => link.close()));
}

async function migrateOn(connection: Connection, { migrations, clock }: PostgresOptions): Promise<void> {
  const at = clock ? String(clock.now()) : "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";
  const exec = async (sql: string) => void (await connection.say(sql));
  await migrate(
    {
      async begin() {
        // As long as it takes: an index on a large table does.
        await exec(`BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${TURN})`);
        await refuseForeign(connection);
      },
      exec,
      applied: async () => {
        const { rows } = await connection.ask("SELECT name FROM schema_migration");
        return rows.map(({ name }) => String(name));
      },
      record: async (name) =>
        void (await connection.ask(`INSERT INTO schema_migration(name, at) VALUES (?, ${at})`, [name])),
      commit: () => exec("COMMIT"),
      rollback: () => exec("ROLLBACK").catch(() => connection.kill("it could not be rolled back")),
    },
    migrations,
    postgresDialect,
  );
}

/** Somebody else's tables are not touched. */
async function refuseForeign(connection: Connection): Promise<void> {
  const { rows } = await connection.ask(
    `SELECT CAST(to_regclass('schema_migration') AS text) AS ours, (SELECT min(relname) FROM pg_class
       WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p', 'v', 'm', 'f')) AS other`,
  );
  const { ours, other } = rows[0] as { ours: string | null; other: string | null };
  if (ours !== null || other === null) return;
  throw new StoreUnusable(
    `${connection.address} is not a store of Steward: it has a table "${other}".`,
    "Give Steward a database of its own (CREATE DATABASE steward), and say it in store.url.",
  );
}

function unusable(error: unknown): unknown {
  if (error instanceof StoreUnusable) return error;
  const why = unavailableBecause(error);
  if (why === undefined) return error;
  return new StoreUnusable(`The PostgreSQL of store.url ${why}: ${(error as Error).message}.`, startHint(error));
}

/** Asking twice changes nothing: what one connection could not answer is asked on the other. */
function readerOf(links: readonly Link[]): Reader {
  let turn = 0;
  const askOn = async (at: number, sql: string, params: readonly Param[]) =>
    (await (links[at % links.length] as Link).get()).ask(sql, params);
  const ask = async (sql: string, params: readonly Param[]) => {
    const first = turn++;
    try {
      return await askOn(first, sql, params).catch(async (error: unknown) => {
        if (!(error instanceof ConnectionLost)) throw error;
        return await askOn(first + 1, sql, params);
      });
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    get: async (sql, ...params) => (await ask(sql, params)).rows[0] as never,
    all: async (sql, ...params) => (await ask(sql, params)).rows as never,
  };
}
