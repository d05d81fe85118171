/** A daemon that is away for a moment, because it is restarted: how long it is waited for. */

/** A daemon that is away this long is not waited for any more, in ms. */
export const AWAY_MS = 60_000;

/** Between two tries to reach a daemon that is away, in ms. */
export const RETRY_MS = 200;

export function isAway(error: unknown): boolean {
  const code = (error as { error?: { data?: { code?: unknown } } }).error?.data?.code;
  return code === "no_daemon" || code === "unavailable";
}
