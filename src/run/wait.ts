/** Waiting for something to become so, by hearing of changes instead of asking again and again. */
import * as z from "zod";
import type { Clock } from "../core/clock.ts";
import { type NewEvent, subscribe } from "../event/event.store.ts";
import type { Store } from "../store/store.ts";

/** Longest wait of one call, in ms. Who wants to wait longer asks again. */
const MAX_WAIT_MS = 60_000;

export const WaitMs = z.int().min(0).max(MAX_WAIT_MS).default(30_000).describe("How long to wait at most.");

export interface Until<T> {
  readonly store: Store;
  readonly clock: Clock;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  readonly waitMs: number;
  readonly concerns: (event: NewEvent) => boolean;
  readonly look: () => Promise<T>;
  readonly done: (seen: T) => boolean;
}

/** What was seen last: done, or not done when the time was up. */
export async function untilEvent<T>({ store, clock, signal, waitMs, concerns, look, done }: Until<T>): Promise<T> {
  let changed = () => {};
  let hasChanged = false;
  const stop = subscribe(store, (event) => {
    if (!concerns(event)) return;
    hasChanged = true;
    changed();
  });
  const timeUp = { is: false };
  const timer = clock.after(waitMs, () => {
    timeUp.is = true;
    changed();
  });
  const gone = () => changed();
  signal.addEventListener("abort", gone);
  try {
    for (;;) {
      hasChanged = false;
      const seen = await look();
      if (done(seen) || timeUp.is || signal.aborted) return seen;
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    }
  } finally {
    stop();
    timer.cancel();
    signal.removeEventListener("abort", gone);
  }
}
