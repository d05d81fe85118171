import { expect, test } from "vitest";
import { testClock } from "../../../test/clock.ts";
import { HTTP_LIMITS } from "./limits.ts";
import { createRateLimit } from "./rate-limit.ts";

function aRateLimit(limits: object = {}) {
  const clock = testClock();
  return { clock, rateLimit: createRateLimit({ ...HTTP_LIMITS, ...limits }, clock) };
}

test("so many at once, and then so many a second", () => {
  const { clock, rateLimit } = aRateLimit({ requestsAtOnce: 3, requestsPerSecond: 2 });
  expect([1, 2, 3, 4].map(() => rateLimit.request("a"))).toEqual([0, 0, 0, 500]);
  clock.advance(500);
  expect([rateLimit.request("a"), rateLimit.request("a")]).toEqual([0, 500]);
  clock.advance(3_600_000);
  expect([1, 2, 3, 4].map(() => rateLimit.request("a"))).toEqual([0, 0, 0, 500]);
});

test("wrong tokens far apart lock nobody out", () => {
  const { clock, rateLimit } = aRateLimit();
  for (let i = 0; i < 100; i++) {
    expect(rateLimit.wrongToken("a")).toBe(false);
    clock.advance(HTTP_LIMITS.wrongTokenMs);
  }
});

test("a clock that is set changes nothing", () => {
  const { clock, rateLimit } = aRateLimit();
  for (let i = 0; i < 10; i++) rateLimit.wrongToken("a");
  clock.setWall(clock.now() + 3 * 3_600_000);
  expect(rateLimit.lockedOut("a")).toBe(60_000);
});

test("only so many addresses are remembered, and asking does not push out who is locked", () => {
  const { rateLimit } = aRateLimit({ addresses: 10, requestsAtOnce: 1, requestsPerSecond: 1 });
  for (let i = 0; i < 10; i++) rateLimit.wrongToken("guesser");
  for (let i = 0; i < 1_000; i++) expect(rateLimit.request(`address-${i}`)).toBe(0);
  expect(rateLimit.request("address-999")).toBeGreaterThan(0);
  // Forgotten, and so as new.
  expect(rateLimit.request("address-0")).toBe(0);
  expect(rateLimit.lockedOut("guesser")).toBeGreaterThan(0);
});
