/** Time as a dependency: wall time for people, monotonic time for limits, timers for both. */

import { uptime } from "node:os";

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, epoch milliseconds. It may jump. */
  now(): number;
  /** Milliseconds since some fixed moment. It never jumps. */
  monotonic(): number;
  /** Milliseconds since the machine booted: monotonic, and the same for every process, so it outlives this one. */
  sinceBoot(): number;
  /** Calls back once after `ms`. Timers keep no process alive. */
  after(ms: number, callback: () => void): Timer;
}

/** The longest delay that `setTimeout` takes without overflowing, in ms (24.8 days). */
const MAX_DELAY_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => uptime() * 1000,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), MAX_DELAY_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** ISO-8601 UTC outside, epoch ms inside. */
export function iso(at: number): string;
export function iso(at: number | null | undefined): string | null;
export function iso(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}
