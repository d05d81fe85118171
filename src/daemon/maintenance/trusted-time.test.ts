import { expect, test } from "vitest";
import { testClock } from "../../../test/clock.ts";
import { createTimeSense } from "./trusted-time.ts";

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

test("a clock that agrees with the newest event is believed at once", () => {
  const clock = testClock();
  expect(createTimeSense(clock).isTrusted(clock.now() - HOUR_MS)).toBe(true);
});

test("in a store where nothing ever happened there is nothing to doubt", () => {
  expect(createTimeSense(testClock()).isTrusted(undefined)).toBe(true);
});

test("a clock that jumped years ahead before the start is doubted, and believed only after it went evenly for an hour", () => {
  const clock = testClock();
  const newest = clock.now();
  clock.setWall(newest + 5 * YEAR_MS);
  const time = createTimeSense(clock);
  expect(time.isTrusted(newest)).toBe(false);
  clock.advance(HOUR_MS / 2);
  expect(time.isTrusted(newest)).toBe(false);
  clock.advance(HOUR_MS / 2);
  expect(time.isTrusted(newest)).toBe(true);
});

test("one that jumps while it is watched is doubted even when new events carry the wrong time already", () => {
  const clock = testClock();
  const time = createTimeSense(clock);
  expect(time.isTrusted(clock.now())).toBe(true);
  clock.advance(HOUR_MS);
  clock.setWall(clock.now() + 5 * YEAR_MS);
  expect(time.isTrusted(clock.now())).toBe(false);
});

test("set right before the second look, nothing has happened; set right later, that is one more jump to wait for", () => {
  const clock = testClock();
  const time = createTimeSense(clock);
  const right = clock.now();
  time.isTrusted(right);
  clock.setWall(right + 5 * YEAR_MS);
  expect(time.isTrusted(right)).toBe(false);
  clock.setWall(right);
  clock.advance(HOUR_MS);
  expect(time.isTrusted(right)).toBe(true);
  clock.setWall(right - 2 * DAY_MS);
  expect(time.isTrusted(right)).toBe(true);
  clock.setWall(right);
  expect(time.isTrusted(right)).toBe(false);
});

test("a quiet week of a daemon that runs on is no jump", () => {
  const clock = testClock();
  const time = createTimeSense(clock);
  const newest = clock.now();
  time.isTrusted(newest);
  for (let hour = 0; hour < 7 * 24; hour++) {
    clock.advance(HOUR_MS);
    expect(time.isTrusted(newest)).toBe(true);
  }
});
