/** Forgets old events, from the oldest on and a few at a time, so that no other write waits long. */
import type { Reader, Store } from "../store/store.ts";
import { appendEvent } from "./event.store.ts";

/** Events looked at and forgotten in one transaction. */
const WINDOW = 500;

export interface ForgetEvents {
  /** Epoch ms: those from before it are forgotten. */
  readonly before: number;
  /** Only count. */
  readonly dryRun: boolean;
  readonly isStopping: () => boolean;
}

/**
 * Returns how many. What is left has no gap, and the newest always stays, so that whoever reads on from a number can tell
 * whether it missed some. Times are only looked at in the order of numbers: an event that a wrong clock put into the future
 * keeps those behind it until then, for keeping too much is mended by waiting.
 */
export async function forgetEvents(store: Store, options: ForgetEvents): Promise<number> {
  const { before, dryRun, isStopping } = options;
  const newest = await lastEvent(store.read);
  let forgotten = 0;
  for (let after = 0; newest && !isStopping(); ) {
    const last = await lastOld(store.read, { after, until: newest.id, before });
    if (last === null) break;
    forgotten += dryRun ? await countEvents(store.read, after, last) : await forgetUntil(store, last);
    after = last;
    await turn();
  }
  return forgotten;
}

export function lastEvent(read: Reader): Promise<{ id: number; at: number } | undefined> {
  return read.get("SELECT id, at FROM event ORDER BY id DESC LIMIT 1");
}

/** Null when the window has no old one. */
async function lastOld(
  read: Reader,
  { after, until, before }: { after: number; until: number; before: number },
): Promise<number | null> {
  const row = await read.get<{ last: number | null }>(
    `SELECT max(CASE WHEN at < ? THEN id END) AS last
     FROM (SELECT id, at FROM event WHERE id > ? AND id < ? ORDER BY id LIMIT ?) AS next_events`,
    before,
    after,
    until,
    WINDOW,
  );
  return row?.last ?? null;
}

async function countEvents(read: Reader, after: number, last: number): Promise<number> {
  const row = await read.get<{ n: number }>("SELECT count(*) AS n FROM event WHERE id > ? AND id <= ?", after, last);
  return Number(row?.n ?? 0);
}

function forgetUntil(store: Store, last: number): Promise<number> {
  return store.write(async (tx) => {
    const { changes } = await tx.run("DELETE FROM event WHERE id <= ?", last);
    await appendEvent(tx, {
      topic: "store.events_pruned",
      actor: "host:retention",
      data: { events: changes, upTo: last },
    });
    return changes;
  });
}

/** Lets others have a turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
