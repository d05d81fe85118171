/** Opens the store that the settings ask for. What the other one needs is not even loaded. */
import type { Clock } from "../core/clock.ts";
import { openSqlite, type SqliteOptions } from "./sqlite.ts";
import type { Migration, Store } from "./store.ts";

export interface OpenStoreOptions {
  /** Of a PostgreSQL database; undefined: SQLite. */
  readonly url: string | undefined;
  /** Of the SQLite file. */
  readonly path: string;
  readonly migrations: readonly Migration[];
  /** Time on SQLite. PostgreSQL has a clock of its own, which all its daemons share. */
  readonly clock: Clock;
  /** Hears of listeners that threw. */
  readonly onListenerError: (error: unknown) => void;
  readonly care: StoreCare;
}

/** What a store that is a file asks for. */
export type StoreCare = Required<Pick<SqliteOptions, "beforeMigrating" | "onDamage">>;

/** Throws `StoreUnusable`. */
export async function openStore({
  url,
  path,
  migrations,
  clock,
  onListenerError,
  care,
}: OpenStoreOptions): Promise<Store> {
  if (url === undefined) return await openSqlite({ path, migrations, clock, onListenerError, ...care });
  const { openPostgres } = await import("./postgres.ts");
  return await openPostgres({ url, migrations, onListenerError });
}
