/** Duties: what the daemon does for itself every now and then. One that fails is told in the status until it works again. */
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";

export interface Duty {
  /** As in "The … failed": `backup`. */
  readonly name: string;
  /** Between two looks, in ms. */
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

export interface Duties {
  /** A sentence for each that failed the last time. */
  problems(): string[];
  /** Begins none any more; resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** A new daemon has better things to do at first, in ms. */
const FIRST_LOOK_MS = 60_000;

export function startDuties(duties: readonly Duty[], { clock, log }: { clock: Clock; log: Log }): Duties {
  const failed = new Map<string, string>();
  const running = new Set<Promise<void>>();
  const timers = new Map<string, Timer>();
  let stopped = false;

  function plan(duty: Duty, ms: number): void {
    if (!stopped)
      timers.set(
        duty.name,
        clock.after(ms, () => perform(duty)),
      );
  }

  function perform(duty: Duty): void {
    const round = duty
      .run()
      .then(() => void failed.delete(duty.name))
      .catch((error: unknown) => {
        log.error("a duty failed", { duty: duty.name, error });
        failed.set(duty.name, `The ${duty.name} failed: ${error instanceof Error ? error.message : error}`);
      })
      .finally(() => {
        running.delete(round);
        plan(duty, duty.everyMs);
      });
    running.add(round);
  }

  for (const duty of duties) plan(duty, FIRST_LOOK_MS);
  return {
    problems: () => [...failed.values()],
    async stop() {
      stopped = true;
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(running);
    },
  };
}
