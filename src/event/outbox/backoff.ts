/** When a message that was not delivered is sent again. */

/** Waits before the second, third … attempt, in seconds; the last one repeats. After Standard Webhooks' example schedule. */
export const RETRY_AFTER_SECONDS = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400] as const;
/** Spread around each wait, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A target may ask for a longer wait, but not for more than this, in ms. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** In ms. `random` is in [0, 1). */
export function retryDelayMs(attempts: number, random: number, retryAfterMs = 0): number {
  const seconds = RETRY_AFTER_SECONDS[Math.min(attempts, RETRY_AFTER_SECONDS.length) - 1] ?? RETRY_AFTER_SECONDS[0];
  const own = Math.round(seconds * 1000 * (1 + JITTER * (2 * random - 1)));
  return Math.max(own, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}

/** The header in ms (RFC 9110, 10.2.3: seconds or a date); 0 when it says nothing that can be read. */
export function readRetryAfter(header: string | undefined, now: number): number {
  const text = header?.trim() ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
