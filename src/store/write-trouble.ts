/** Remembers for a while why the store refused a write: whoever was refused knows, everybody else learns it from the status. */
import type { Clock } from "../core/clock.ts";
import { Refusal } from "../core/refusal.ts";
import type { Store } from "./store.ts";

/** How long a refused write is told of, in ms, when nothing is written that would show that the trouble has passed. */
const TOLD_MS = 60_000;

export interface WatchedWrites {
  readonly store: Store;
  /** As a sentence; undefined when no write was refused lately. */
  problem(): string | undefined;
}

export function watchWrites(store: Store, clock: Clock): WatchedWrites {
  let last: { message: string; at: number } | undefined;
  // Whatever changes something tells a fact. A transaction without a change goes well on a full disk too.
  store.onCommit(() => {
    last = undefined;
  });
  return {
    store: {
      ...store,
      write(work, options) {
        return store.write(work, options).catch((error: unknown) => {
          if (error instanceof Refusal && error.code === "unavailable") {
            last = { message: error.message, at: clock.monotonic() };
          }
          throw error;
        });
      },
    },
    problem: () =>
      last && clock.monotonic() - last.at < TOLD_MS
        ? `Writes failed within the last minute: ${last.message}`
        : undefined,
  };
}
