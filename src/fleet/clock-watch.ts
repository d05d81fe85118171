/** Notices that somebody set the wall clock, or that the machine slept: whoever reads times later must know why they leap. */
import type { Clock, Timer } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Store, Tx } from "../store/store.ts";

export interface ClockWatch {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** In the transaction of the event: what was to wait for a while still waits for as long. `byMs` is negative when the clock went back. */
  readonly onJump: (tx: Tx, byMs: number) => Promise<void>;
  /** After either: times may have come, and timers do not notice. */
  readonly onLeap: () => void;
}

/** How often the clocks are compared, in ms. */
export const COMPARE_MS = 2_000;
/** What is corrected bit by bit (adjtime(3), at most 0.5 ms a second) stays far below this, in ms. */
export const JUMP_MS = 1_000;

/** Returns how to stop. */
export function watchClock({ store, clock, log, onJump, onLeap }: ClockWatch): () => void {
  let timer: Timer;
  let before = clocks(clock);

  function compare(): void {
    const now = clocks(clock);
    const byMs = Math.round(now.wall - before.wall - (now.sinceBoot - before.sinceBoot));
    const sleptMs = Math.round(now.sinceBoot - before.sinceBoot - (now.monotonic - before.monotonic));
    before = now;
    const jumped = Math.abs(byMs) >= JUMP_MS;
    if (jumped) void tell(byMs);
    if (sleptMs >= JUMP_MS) log.info("the machine slept", { sleptMs });
    if (jumped || sleptMs >= JUMP_MS) onLeap();
    timer = clock.after(COMPARE_MS, compare);
  }

  async function tell(byMs: number): Promise<void> {
    log.warn("the wall clock was set", { byMs });
    try {
      await store.write(async (tx) => {
        await appendEvent(tx, { topic: "host.clock_jumped", actor: "host:clock", data: { byMs } });
        await onJump(tx, byMs);
      });
      onLeap();
    } catch (error) {
      log.error("a jump of the clock could not be recorded", { byMs, error });
    }
  }

  timer = clock.after(COMPARE_MS, compare);
  return () => timer.cancel();
}

/** Only the wall clock can be set; only the time since boot goes on while the machine sleeps. */
function clocks(clock: Clock) {
  return { wall: clock.now(), sinceBoot: clock.sinceBoot(), monotonic: clock.monotonic() };
}
