import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RETRY_AFTER_SECONDS, readRetryAfter, retryDelayMs } from "./backoff.ts";

test("each wait is longer than the one before, and the last one repeats", () => {
  const waits = Array.from({ length: 10 }, (_, n) => retryDelayMs(n + 1, 0.5) / 1000);
  expect(waits).toEqual([...RETRY_AFTER_SECONDS, 50_400, 50_400]);
});

test("jitter spreads a wait by a fifth either way", () => {
  expect(retryDelayMs(1, 0)).toBe(4_000);
  expect(retryDelayMs(1, 0.999_999)).toBe(6_000);
});

test("a target may ask for a longer wait, up to a day, but not for a shorter one", () => {
  expect(retryDelayMs(1, 0.5, 90_000)).toBe(90_000);
  expect(retryDelayMs(1, 0.5, 1)).toBe(5_000);
  expect(retryDelayMs(1, 0.5, Number.MAX_SAFE_INTEGER)).toBe(86_400_000);
});

test("Retry-After is read as seconds or as a date", () => {
  const now = Date.parse("2026-01-05T08:00:00Z");
  expect(readRetryAfter("120", now)).toBe(120_000);
  expect(readRetryAfter(" 0 ", now)).toBe(0);
  expect(readRetryAfter("Mon, 05 Jan 2026 08:01:00 GMT", now)).toBe(60_000);
  expect(readRetryAfter("Mon, 05 Jan 2026 07:00:00 GMT", now)).toBe(0);
  for (const nothing of [undefined, "", "soon", "-5", "1e9", "1.5", "99999999999999"]) {
    expect(readRetryAfter(nothing, now), nothing).toBe(0);
  }
});

test("whatever a header says, the wait is a number within its bounds", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (header, n, random) => {
        const wait = retryDelayMs(n, random, readRetryAfter(header, 0));
        expect(wait).toBeGreaterThanOrEqual(4_000);
        expect(wait).toBeLessThanOrEqual(86_400_000);
      },
    ),
  );
});
