/** What must happen is tried until it does: a full disk or a locked store passes. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";

/** Pause before the next try, in ms. */
export const TRY_AGAIN_MS = 5_000;

export interface Insist {
  readonly clock: Clock;
  readonly log: Log;
  /** What it is, for the log: "record the end of a run". */
  readonly what: string;
  readonly run: string;
  readonly step: () => Promise<unknown>;
  /** Nobody is there any more whom it matters to: give up. */
  readonly isOver?: () => boolean;
}

export async function insist({ clock, log, what, run, step, isOver = () => false }: Insist): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      if (isOver()) return;
      log.error(`could not ${what}; trying again`, { run, error });
      await new Promise<void>((resolve) => void clock.after(TRY_AGAIN_MS, resolve));
    }
  }
}
