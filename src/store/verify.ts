/** Is a file a whole store of ours? Looked at read-only, in a thread of its own. */
import { statSync } from "node:fs";
import { askApart } from "./apart.ts";
import { APPLICATION_ID } from "./sqlite.ts";
import { type Migration, type Reader, StoreUnusable } from "./store.ts";

export interface Verify<T> {
  /** Asked of a store that is whole; what it throws means that it is not. */
  readonly ask: (read: Reader) => Promise<T>;
  /** `full` also compares every index with its table. */
  readonly depth?: "quick" | "full";
  readonly signal?: AbortSignal;
}

const HINT = "Use another backup; `steward doctor` shows which there are.";

/** Throws `StoreUnusable`, or the reason of the signal. */
export async function verifyFile<T>(path: string, { ask, depth = "quick", signal }: Verify<T>): Promise<T> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new StoreUnusable(`There is no file ${path}.`, HINT);
  // SQLite finds nothing wrong with it: an empty database.
  if (size === 0) throw new StoreUnusable(`${path} is empty.`, HINT);
  try {
    return await askApart(
      path,
      async (read) => {
        await assertOurs(path, read);
        const damage = await integrityProblems(read, depth, 1);
        if (damage[0] !== undefined) throw new StoreUnusable(`${path} is damaged: ${damage[0]}.`, HINT);
        return await ask(read);
      },
      signal,
    );
  } catch (error) {
    if (error instanceof StoreUnusable || (signal?.aborted && error === signal.reason)) throw error;
    throw new StoreUnusable(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`, HINT);
  }
}

async function assertOurs(path: string, read: Reader): Promise<void> {
  const id = await read.get<{ application_id: number }>("PRAGMA application_id");
  if (id?.application_id !== APPLICATION_ID) throw new StoreUnusable(`${path} is not a store of Steward.`, HINT);
}

/** In SQLite's own words (https://sqlite.org/pragma.html#pragma_integrity_check); empty when it is whole. */
export async function integrityProblems(read: Reader, depth: "quick" | "full", most: number): Promise<string[]> {
  const check = depth === "full" ? "integrity_check" : "quick_check";
  const rows = await read.all<Record<string, string>>(`PRAGMA ${check}(${most})`);
  const found = rows.map((row) => oneLine(String(row[check]))).filter((text) => text !== "ok");
  if (found.length > 0 || depth === "quick") return found;
  const dangling = await read.all<{ table: string; rowid: number; parent: string }>("PRAGMA foreign_key_check");
  return dangling
    .slice(0, most)
    .map(({ table, rowid, parent }) => `row ${rowid} of ${table} names a row of ${parent} that is not there`);
}

/** SQLite heads some of what it says with the name of the database, on a line of its own. */
function oneLine(text: string): string {
  return text.replace(/^\*\*\* in database \w+ \*\*\*\n/, "").replaceAll("\n", "; ");
}

export interface Schema {
  /** Migrations that this program would still apply. */
  readonly missing: readonly string[];
  /** Those that it does not know: a newer one wrote the store. */
  readonly unknown: readonly string[];
}

export async function schemaOf(read: Reader, migrations: readonly Migration[]): Promise<Schema> {
  const applied = new Set(
    (await read.all<{ name: string }>("SELECT name FROM schema_migration")).map(({ name }) => name),
  );
  const known = new Set(migrations.map(({ name }) => name));
  return {
    missing: [...known].filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.has(name)),
  };
}
