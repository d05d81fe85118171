/** Forgets what was done under request ids long ago, a little at a time, so that no other write waits long. */
import type { Store } from "../store/store.ts";

/** Most that are forgotten in one transaction. */
const AT_ONCE = 1_000;

export interface ForgetRequests {
  /** Epoch ms: what was done before it is forgotten, and the request would be done again. */
  readonly before: number;
  /** Only count. */
  readonly dryRun: boolean;
  readonly isStopping: () => boolean;
}

/** Returns how many remembered writes went. */
export async function forgetRequests(store: Store, { before, dryRun, isStopping }: ForgetRequests): Promise<number> {
  if (dryRun) {
    const old = await store.read.get<{ n: number }>("SELECT count(*) AS n FROM request WHERE at < ?", before);
    return Number(old?.n ?? 0);
  }
  for (let forgotten = 0; ; ) {
    const { changes } = await store.write((tx) => tx.run(FORGET, before, AT_ONCE));
    forgotten += changes;
    if (changes < AT_ONCE || isStopping()) return forgotten;
  }
}

const FORGET = `DELETE FROM request WHERE (actor, request_id, write) IN (
  SELECT actor, request_id, write FROM request WHERE at < ? ORDER BY at LIMIT ?)`;
