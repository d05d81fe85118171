/** The store on SQLite: one writing connection behind the write queue, one for reading, every commit synced to disk. */
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Clock, systemClock } from "../core/clock.ts";
import { Refusal } from "../core/refusal.ts";
import type { Breath } from "./breath.ts";
import { sqliteDialect } from "./dialect.ts";
import { migrate } from "./migrate.ts";
import { queuedStore } from "./queued-store.ts";
import { storable } from "./storable.ts";
import { type Migration, type Param, type Reader, type Store, StoreUnusable, type Tx } from "./store.ts";
import type { Transactor, View } from "./write-queue.ts";

export interface SqliteOptions {
  readonly path: string;
  readonly migrations: readonly Migration[];
  readonly clock?: Clock;
  /** OFF is for measuring what a sync hides; nobody who wants to keep data uses it. */
  readonly synchronous?: "FULL" | "OFF";
  /** Hears of listeners that threw. */
  readonly onListenerError?: (error: unknown) => void;
  /** Called before the tables of a store that is there are changed; when it throws, nothing is. */
  readonly beforeMigrating?: () => Promise<void>;
  /** Hears that the file turned out to be damaged while it was open. */
  readonly onDamage?: (what: string) => void;
}

/** "Stwd": marks the file as ours (https://sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x53747764;

/** How long a statement waits for another process' lock, in ms. The event loop stands still meanwhile. */
const BUSY_MS = 250;

const RESTORE = "Put a backup in its place (`steward store restore` takes the latest)";

export async function openSqlite(options: SqliteOptions): Promise<Store> {
  if (!existsSync(options.path)) await createWhole(options);
  else if (statSync(options.path).size === 0) {
    throw new StoreUnusable(
      `${options.path} is empty: a store that was here has been lost.`,
      `${RESTORE}, or remove the file to begin with an empty store.`,
    );
  }
  const writer = openChecked(options);
  try {
    if (options.beforeMigrating && isBehind(writer, options)) await options.beforeMigrating();
    await migrateIn(writer, options);
  } catch (error) {
    writer.close();
    throw unusable(options.path, error);
  }
  const reader = new DatabaseSync(options.path, { readOnly: true, timeout: BUSY_MS });
  return assemble(writer, reader, options);
}

/** A store appears under its name only when it is whole, so that an empty file is always a fault and never a first start. */
async function createWhole(options: SqliteOptions): Promise<void> {
  const unborn = `${options.path}.new`;
  // Also what is left beside a store that was taken away: it would be read into the new one.
  const leftovers = ["", "-wal", "-shm"]
    .map((end) => `${unborn}${end}`)
    .concat(`${options.path}-wal`, `${options.path}-shm`);
  for (const file of leftovers) rmSync(file, { force: true });
  const db = new DatabaseSync(unborn);
  db.exec(`PRAGMA application_id=${APPLICATION_ID}`);
  await migrateIn(db, options);
  db.close();
  renameSync(unborn, options.path);
}

async function migrateIn(db: DatabaseSync, options: SqliteOptions): Promise<void> {
  const now = (options.clock ?? systemClock).now();
  await migrate(
    {
      begin: () => db.exec("BEGIN IMMEDIATE"),
      commit: () => db.exec("COMMIT"),
      rollback: () => db.exec("ROLLBACK"),
      exec: (sql) => db.exec(sql),
      applied: () => appliedIn(db),
      record: (name) => void db.prepare("INSERT INTO schema_migration(name, at) VALUES (?, ?)").run(name, now),
    },
    options.migrations,
    sqliteDialect,
  );
}

function appliedIn(db: DatabaseSync): string[] {
  const rows = db.prepare("SELECT name FROM schema_migration").all();
  return rows.map(({ name }) => String(name));
}

/** Has it tables, and not all that this program knows? One that a newer program wrote is refused before it is touched. */
function isBehind(db: DatabaseSync, { migrations }: SqliteOptions): boolean {
  if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'").get()) return true;
  const applied = appliedIn(db);
  const known = migrations.map(({ name }) => name);
  return applied.every((name) => known.includes(name)) && applied.length < known.length;
}

function openChecked({ path, synchronous = "FULL" }: SqliteOptions): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
  try {
    if (pragma(db, "application_id") !== APPLICATION_ID) {
      throw new StoreUnusable(`${path} is not a store of Steward.`, `${RESTORE}, or use another home.`);
    }
    db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous};`);
    if (pragma(db, "synchronous") !== (synchronous === "FULL" ? 2 : 0)) {
      throw new StoreUnusable(`${path} cannot be opened with synchronous=${synchronous}.`, "Use a local file system.");
    }
    return db;
  } catch (error) {
    db.close();
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): StoreUnusable {
  if (error instanceof StoreUnusable) return error;
  return new StoreUnusable(
    `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    `${RESTORE}, or move the file away to begin with an empty store.`,
  );
}

function pragma(db: DatabaseSync, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).get()?.[name];
}

function assemble(writer: DatabaseSync, reader: DatabaseSync, options: SqliteOptions): Store {
  const translate = (error: unknown) => translated(error, options.onDamage);
  return queuedStore({
    address: options.path,
    dialect: sqliteDialect,
    transactor: transactor(writer, options.clock ?? systemClock, translate),
    reader: guarded(readerOf(reader), translate),
    onListenerError: options.onListenerError,
    close() {
      reader.close();
      writer.close();
    },
  });
}

type Translate = (error: unknown) => unknown;

function transactor(db: DatabaseSync, clock: Clock, translate: Translate): Transactor<Tx> {
  const statements = statementsOf(db);
  const reading = readerOf(db, statements);
  return {
    begin: () => void db.exec("BEGIN IMMEDIATE"),
    commit: () => void db.exec("COMMIT"),
    rollback: () => void db.exec("ROLLBACK"),
    savepoint: () => void statements("SAVEPOINT item").run(),
    release: () => void statements("RELEASE item").run(),
    rollbackToSavepoint: () => void db.exec("ROLLBACK TO item; RELEASE item"),
    isOpen: () => db.isTransaction,
    view: (breath) => viewOf({ statements, reading, now: clock.now(), breath }),
    translate,
  };
}

interface ViewParts {
  readonly statements: Statements;
  readonly reading: SyncReader;
  readonly now: number;
  readonly breath: Breath;
}

/** Every statement is answered at once; of a long transaction some answers come only when the event loop has turned. */
function viewOf({ statements, reading, now, breath }: ViewParts): View<Tx> {
  const facts: unknown[] = [];
  let ended = false;
  const use = <T>(statement: () => T): Promise<T> => {
    if (ended) return Promise.reject(new Error("this transaction has ended"));
    const answer = settled(statement);
    const turn = breath.due();
    return turn ? answer.then((value) => turn.then(() => value)) : answer;
  };
  return {
    tx: {
      dialect: sqliteDialect,
      get: (sql, ...params) => use(() => reading.get(sql, params)) as never,
      all: (sql, ...params) => use(() => reading.all(sql, params)) as never,
      run: (sql, ...params) =>
        use(() => ({ changes: Number(statements(sql, params).run(...storable(params)).changes) })),
      now: () => now,
      announce: (fact) => facts.push(fact),
    },
    hasAsked: () => true,
    underWay: () => breath.underWay(),
    end() {
      ended = true;
      return facts;
    },
  };
}

interface SyncReader {
  get(sql: string, params: readonly Param[]): unknown;
  all(sql: string, params: readonly Param[]): unknown[];
}

type Statements = (sql: string, params?: readonly Param[]) => StatementSync;

function readerOf(db: DatabaseSync, statements: Statements = statementsOf(db)): SyncReader {
  return {
    get: (sql, params) => statements(sql, params).get(...storable(params)),
    all: (sql, params) => statements(sql, params).all(...storable(params)),
  };
}

function guarded(reader: SyncReader, translate: Translate): Reader {
  const answer = <T>(statement: () => unknown): Promise<T> =>
    settled(() => {
      try {
        return statement() as T;
      } catch (error) {
        throw translate(error);
      }
    });
  return {
    get: (sql, ...params) => answer(() => reader.get(sql, params)),
    all: (sql, ...params) => answer(() => reader.all(sql, params)),
  };
}

/** Prepared once per text. Too few parameters would bind NULL without a word: refuse them here. */
function statementsOf(db: DatabaseSync): Statements {
  const prepared = new Map<string, { statement: StatementSync; wants: number }>();
  return (sql, params = []) => {
    let entry = prepared.get(sql);
    if (!entry) {
      entry = { statement: db.prepare(sql), wants: sql.split("?").length - 1 };
      prepared.set(sql, entry);
    }
    if (entry.wants !== params.length)
      throw new Error(`statement wants ${entry.wants} parameters, got ${params.length}: ${sql}`);
    return entry.statement;
  };
}

function settled<T>(statement: () => T): Promise<T> {
  try {
    return Promise.resolve(statement());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Primary result codes (https://sqlite.org/rescode.html) that mean: not now, rather than: a bug. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: "is locked by another process",
  8: "is read-only",
  10: "could not be read or written",
  11: "is damaged",
  13: "has no room left on its disk",
  14: "could not be opened",
  26: "is not a database any more",
};

/** SQLITE_CORRUPT and SQLITE_NOTADB: these do not pass by themselves. */
const DAMAGED = new Set([11, 26]);

function translated(error: unknown, onDamage: SqliteOptions["onDamage"]): unknown {
  if (!(error instanceof Error) || !("errcode" in error)) return error;
  const code = Number(error.errcode) & 0xff;
  const why = UNAVAILABLE[code];
  if (!why) return error;
  if (DAMAGED.has(code)) onDamage?.(error.message);
  return new Refusal("unavailable", `The store ${why}.`, {
    hint: "Nothing was changed. Mend the cause and try again.",
    data: { sqlite: error.message },
  });
}
