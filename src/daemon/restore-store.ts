/** Puts a backup in the place of a store that is broken or lost. Only while no daemon holds the home. */
import { existsSync, linkSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import { parseId } from "../core/ids.ts";
import { appendEvent } from "../event/event.store.ts";
import { copyPages, sync } from "../store/copy.ts";
import { leaveOutNumbers, numbersGiven } from "../store/numbers.ts";
import { openSqlite } from "../store/sqlite.ts";
import { type Migration, type Reader, type Store, StoreUnusable } from "../store/store.ts";
import { schemaOf, verifyFile } from "../store/verify.ts";
import { listBackups, stamp } from "./maintenance/backups.ts";
import { type StoreFacts, storeFacts } from "./maintenance/store-facts.ts";

export interface RestoreStore {
  readonly paths: HomePaths;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  readonly actor: string;
  /** A file, or `latest`: the newest backup of this home that is whole. */
  readonly from: string;
}

export interface Restored {
  readonly from: string;
  /** Where the store lies that was there; null when there was none. */
  readonly aside: string | null;
  readonly facts: StoreFacts;
  /** Backups that were newer and could not be used, and why. */
  readonly passedOver: readonly string[];
}

/**
 * Numbers that are left out behind the highest that the backup knows, when the broken store cannot tell which it gave away:
 * no task, run or event that was lost shall share its number with a new one.
 */
const NUMBERS_LEFT_OUT = 100_000;

/** Throws `StoreUnusable` when there is no backup that can be used; then nothing was changed. */
export async function restoreStore(options: RestoreStore): Promise<Restored> {
  const { paths, clock } = options;
  const next = underway(paths);
  try {
    const { path, facts, passedOver } = await prepareBest(next, options);
    sync(next);
    const aside = takePlace(next, paths.database, stamp(clock.now()));
    return { from: path, aside, facts, passedOver };
  } finally {
    removeStore(next);
  }
}

/** What somebody left who died over a restore. Only for whoever holds the home. */
export function dropUnfinishedRestore(paths: HomePaths): void {
  removeStore(underway(paths));
}

function underway({ database }: HomePaths): string {
  return `${database}.restoring`;
}

interface Prepared {
  readonly path: string;
  readonly facts: StoreFacts;
  readonly passedOver: readonly string[];
}

async function prepareBest(next: string, options: RestoreStore): Promise<Prepared> {
  const { paths, from, clock } = options;
  if (from !== "latest") return { path: from, facts: await prepare(next, from, options), passedOver: [] };
  const passedOver: string[] = [];
  for (const { path } of listBackups(paths.backups, clock.now())) {
    try {
      return { path, facts: await prepare(next, path, options), passedOver };
    } catch (error) {
      if (!(error instanceof StoreUnusable)) throw error;
      passedOver.push(`${path}: ${error.message}`);
    }
  }
  throw new StoreUnusable(
    [`There is no backup in ${paths.backups} that can be used.`, ...passedOver].join(" "),
    "Name a file of your own, or move steward.db away to begin with an empty store.",
  );
}

/** A copy of it under another name, brought to this version, and told what happens to it. What cannot be opened is no backup. */
async function prepare(next: string, from: string, options: RestoreStore): Promise<StoreFacts> {
  const { paths, migrations, clock, actor } = options;
  await verifyFile(from, { ask: (read) => assertKnown(read, migrations) });
  removeStore(next);
  await copyPages(from, next);
  // Of what is put there, and not of what it was made of.
  const facts = await verifyFile(next, { ask: storeFacts });
  const store = await openSqlite({ path: next, migrations, clock });
  try {
    await keepNumbersApart(store, paths);
    await store.write((tx) => appendEvent(tx, { topic: "store.restored", actor, data: { from } }));
  } finally {
    await store.close();
  }
  return facts;
}

async function assertKnown(read: Reader, migrations: readonly Migration[]): Promise<void> {
  const { unknown } = await schemaOf(read, migrations);
  if (unknown.length > 0) throw new Error(`a newer Steward wrote it (it has ${unknown.join(", ")})`);
}

/** Agents of lost runs may still live and leave an exit under their number; readers of events go on from theirs. */
async function keepNumbersApart(store: Store, { database, runs, exits }: HomePaths): Promise<void> {
  const given = await numbersGiven(database);
  const onDisk = Math.max(0, ...[runs, exits].flatMap(runNumbersIn));
  await leaveOutNumbers(store, (table, highest) => {
    const apart = given ? Math.max(highest, given.get(table) ?? 0) : highest + NUMBERS_LEFT_OUT;
    return table === "run" ? Math.max(apart, onDisk) : apart;
  });
}

function runNumbersIn(directory: string): number[] {
  return existsSync(directory) ? readdirSync(directory).flatMap((name) => parseId("run", name) ?? []) : [];
}

/** There is a store under its name at every moment: one that is missing would be begun anew, and empty. */
function takePlace(next: string, database: string, time: string): string | null {
  const aside = existsSync(database) ? `${database}.broken-${time}` : null;
  if (aside) linkOrRename(database, aside);
  // Read into the new store, what is left of the old one's log would damage it.
  for (const end of ["-wal", "-shm"]) {
    if (existsSync(`${database}${end}`))
      renameSync(`${database}${end}`, `${aside ?? `${database}.lost-${time}`}${end}`);
  }
  renameSync(next, database);
  sync(dirname(database));
  return aside;
}

/** Not every file system has hard links. */
function linkOrRename(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    renameSync(from, to);
  }
}

function removeStore(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${path}${end}`, { force: true });
}
