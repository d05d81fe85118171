/** A verified copy of a SQLite store, also of one that is being written: it appears under its name only when it is whole. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import type { Reader } from "./store.ts";
import { verifyFile } from "./verify.ts";

/** All pages in one step: between two a writer could come, and the copy would begin anew, under load for ever. */
const ALL_PAGES = 2 ** 31 - 1;

export interface CopyStore<T> {
  readonly from: string;
  readonly to: string;
  /** Asked of the finished copy; what it throws means that the copy is no good. */
  readonly ask: (read: Reader) => Promise<T>;
}

/** Throws what SQLite or the file system says, or `StoreUnusable`; then there is nothing at `to`. */
export async function copyStore<T>({ from, to, ask }: CopyStore<T>): Promise<{ bytes: number; answer: T }> {
  const partial = `${to}${PARTIAL}`;
  const directory = dirname(to);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  try {
    await copyPages(from, partial);
    const answer = await verifyFile(partial, { ask });
    const { size } = statSync(partial);
    renameSync(partial, to);
    sync(directory);
    return { bytes: size, answer };
  } catch (error) {
    for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${partial}${end}`, { force: true });
    throw error;
  }
}

/** All that is committed at `from`, also what is still in its log, as one file that nobody else can read. Nothing may be at `to`. */
export async function copyPages(from: string, to: string): Promise<void> {
  closeSync(openSync(to, "wx", 0o600));
  const source = new DatabaseSync(from, { readOnly: true });
  // In write-ahead mode a reader holds up no writer, however long it takes.
  await backup(source, to, { rate: ALL_PAGES }).finally(() => source.close());
  standAlone(to);
  sync(to);
}

/** How a copy is called that is not finished: one that is left was begun by somebody who died. */
export const PARTIAL = ".partial";

/** One file that needs no other beside it. */
function standAlone(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA journal_mode=DELETE");
  } finally {
    db.close();
  }
}

export function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
