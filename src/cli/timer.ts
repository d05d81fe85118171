/** Waits that a person may name in days: a longer one than timers can hold would end at once. */

/** The longest delay that `setTimeout` takes without overflowing, in ms (24.8 days). */
const LONGEST_MS = 2_147_483_647;

export function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_MS);
}
