/** What a copy of the store holds, and whether that can be: asked of a backup before it counts as one. */
import type { Reader } from "../../store/store.ts";

export interface StoreFacts {
  readonly tasks: number;
  readonly runs: number;
  readonly events: number;
  /** Numbers used so far. */
  readonly newestEvent: number;
  /** When the newest event happened, epoch ms; null when there is none. */
  readonly newestAt: number | null;
}

/** Throws when what is counted and what is there are not the same. */
export async function storeFacts(read: Reader): Promise<StoreFacts> {
  const [tasks, runs, events] = await Promise.all(["task", "run", "event"].map((table) => countOf(read, table)));
  const counted = await read.get<{ n: number }>("SELECT sum(n) AS n FROM task_count");
  if (Number(counted?.n) !== tasks) throw new Error(`it counts ${counted?.n} tasks and has ${tasks}`);
  const newest = await read.get<{ id: number; at: number }>("SELECT id, at FROM event ORDER BY id DESC LIMIT 1");
  return {
    tasks: tasks ?? 0,
    runs: runs ?? 0,
    events: events ?? 0,
    newestEvent: newest?.id ?? 0,
    newestAt: newest?.at ?? null,
  };
}

async function countOf(read: Reader, table: string): Promise<number> {
  return Number((await read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0);
}
