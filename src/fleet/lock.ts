/** One daemon per home: an exclusive lock on a small file, held for life. The kernel frees it, also after kill -9. */
import { DatabaseSync } from "node:sqlite";

export interface HomeLock {
  release(): void;
}

/** SQLITE_BUSY (https://sqlite.org/rescode.html#busy). */
const BUSY = 5;

/** Undefined when another process holds it. Opened once per process: closing any other handle of the file would drop the lock (fcntl(2)). */
export function takeHomeLock(path: string): HomeLock | undefined {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    // No journal beside it: nothing is ever written.
    db.exec("PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === BUSY) return undefined;
    throw error;
  }
  return { release: () => db.close() };
}
