/** The outbox's own retention: messages that ended long ago are removed, a few at a time. */
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Store } from "../../store/store.ts";
import { removeEnded } from "./outbox.store.ts";

export interface Sweeping {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => SweepLimits;
}

export interface SweepLimits {
  readonly outboxDeliveredDays: number;
  readonly outboxDeadDays: number;
}

const SWEEP_EVERY_MS = 3_600_000;
/** Start-up has better things to do. */
const FIRST_SWEEP_MS = 60_000;
/** Removed in one transaction. */
export const SWEEP_BATCH = 500;
const DAY_MS = 86_400_000;

/** Gives how to stop; that resolves when none of it is at work any more. */
export function keepSwept(all: Sweeping): () => Promise<void> {
  let stopped = false;
  let working: Promise<void> = Promise.resolve();
  let timer: Timer = all.clock.after(FIRST_SWEEP_MS, sweepNow);
  function sweepNow(): void {
    working = sweep(all, () => stopped)
      .then((removed) => {
        if (removed > 0) all.log.info("old messages of the outbox removed", { removed });
      })
      .catch((error: unknown) => all.log.error("old messages of the outbox could not be removed", { error }))
      .finally(() => {
        if (!stopped) timer = all.clock.after(SWEEP_EVERY_MS, sweepNow);
      });
  }
  return () => {
    stopped = true;
    timer.cancel();
    return working;
  };
}

/** Resolves to how many were removed. */
export async function sweep({ store, limits }: Sweeping, isStopped: () => boolean = () => false): Promise<number> {
  const { outboxDeliveredDays, outboxDeadDays } = limits();
  let removed = 0;
  for (const [state, days] of [["delivered", outboxDeliveredDays] as const, ["dead", outboxDeadDays] as const]) {
    for (let found = SWEEP_BATCH; found === SWEEP_BATCH && !isStopped(); ) {
      found = await store.write((tx) => removeEnded(tx, state, tx.now() - days * DAY_MS, SWEEP_BATCH));
      removed += found;
    }
  }
  return removed;
}
