/** How often an address may ask, before any token is looked at, and how often it may show a wrong one. */
import type { Clock } from "../../core/clock.ts";
import type { HttpLimits } from "./limits.ts";

export interface RateLimit {
  /** Counts a request. How long its address has to wait, in ms; 0 when it need not. */
  request(address: string): number;
  /** How long wrong tokens of this address are not told apart any more, in ms. */
  lockedOut(address: string): number;
  /** True when this one locked its address out. */
  wrongToken(address: string): boolean;
}

interface Bucket {
  /** Never below 0. */
  used: number;
  at: number;
}

export function createRateLimit(limits: HttpLimits, clock: Clock): RateLimit {
  const requests = remembered<Bucket>(limits.addresses);
  const wrong = remembered<Bucket>(limits.addresses);
  const locked = remembered<number>(limits.addresses);

  /** One more drop; false when it would run over. What was in it leaks away. */
  function fill(buckets: Remembered<Bucket>, address: string, capacity: number, leakPerMs: number): boolean {
    const now = clock.monotonic();
    const bucket = buckets.get(address) ?? { used: 0, at: now };
    bucket.used = Math.max(0, bucket.used - (now - bucket.at) * leakPerMs);
    bucket.at = now;
    const fits = bucket.used + 1 <= capacity;
    if (fits) bucket.used += 1;
    buckets.set(address, bucket);
    return fits;
  }

  return {
    request(address) {
      const perMs = limits.requestsPerSecond / 1000;
      return fill(requests, address, limits.requestsAtOnce, perMs) ? 0 : Math.ceil(1 / perMs);
    },
    lockedOut: (address) => Math.max(0, (locked.get(address) ?? 0) - clock.monotonic()),
    wrongToken(address) {
      const { wrongTokens, wrongTokenMs, lockoutMs } = limits;
      fill(wrong, address, wrongTokens, 1 / wrongTokenMs);
      if ((wrong.get(address)?.used ?? 0) <= wrongTokens - 1) return false;
      wrong.delete(address);
      locked.set(address, clock.monotonic() + lockoutMs);
      return true;
    },
  };
}

type Remembered<Value> = Pick<Map<string, Value>, "get" | "set" | "delete">;

/** A map of bounded size: what was set longest ago goes first. */
function remembered<Value>(most: number): Remembered<Value> {
  const values = new Map<string, Value>();
  return {
    get: (key) => values.get(key),
    delete: (key) => values.delete(key),
    set(key, value) {
      values.delete(key);
      values.set(key, value);
      if (values.size > most) values.delete(values.keys().next().value as string);
      return values;
    },
  };
}
