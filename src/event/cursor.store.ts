/** All SQL of cursors: a durable consumer reads events from its number on, and moves it in the transaction of its effect. */
import type { Reader, Store, Tx } from "../store/store.ts";
import { type EventRow, listEvents, newestEvent } from "./event.store.ts";

export interface Cursor {
  readonly name: string;
  /** The number of the last event that is dealt with, as the store has it. */
  stored: number;
  /** The last one looked at: those between the two concern nobody and may be looked at again. */
  seen: number;
}

export interface Consumption {
  readonly cursor: Cursor;
  /** Events read at once. */
  readonly batch: number;
  readonly wants: (event: EventRow) => boolean;
  /** Only `tx` may be awaited inside. */
  readonly effect: (tx: Tx, wanted: readonly EventRow[]) => Promise<void>;
}

/** Somebody else moved it: what this consumer has in mind is stale. */
export class CursorMoved extends Error {
  constructor(name: string) {
    super(`the cursor ${name} was moved by somebody else`);
    this.name = "CursorMoved";
  }
}

/** Deals with the next batch, its effect and the cursor in one transaction. Resolves to whether there may be more. */
export async function consume(store: Store, { cursor, batch, wants, effect }: Consumption): Promise<boolean> {
  const events = await listEvents(store.read, { after: cursor.seen, limit: batch });
  const last = events.at(-1)?.id;
  if (last === undefined) return false;
  const wanted = events.filter(wants);
  // A cursor that only passed by is written now and then: else each event of the house would cost one more write.
  if (wanted.length > 0 || last - cursor.stored >= batch) {
    await store.write(async (tx) => {
      await moveCursor(tx, cursor.name, cursor.stored, last);
      if (wanted.length > 0) await effect(tx, wanted);
    });
    cursor.stored = last;
  }
  cursor.seen = last;
  return events.length === batch;
}

/** Begins with what happens from now on. */
export async function openCursor(tx: Tx, name: string): Promise<void> {
  await tx.run(
    "INSERT INTO event_cursor(name, after_event, moved_at) VALUES (?, ?, ?)",
    name,
    await newestEvent(tx),
    tx.now(),
  );
}

export async function findCursor(read: Reader, name: string): Promise<Cursor | undefined> {
  const row = await read.get<{ after_event: number }>("SELECT after_event FROM event_cursor WHERE name = ?", name);
  return row && { name, stored: row.after_event, seen: row.after_event };
}

export async function closeCursor(tx: Tx, name: string): Promise<void> {
  await tx.run("DELETE FROM event_cursor WHERE name = ?", name);
}

async function moveCursor(tx: Tx, name: string, from: number, to: number): Promise<void> {
  const { changes } = await tx.run(
    "UPDATE event_cursor SET after_event = ?, moved_at = ? WHERE name = ? AND after_event = ?",
    to,
    tx.now(),
    name,
    from,
  );
  if (changes !== 1) throw new CursorMoved(name);
}
