import { expect, test } from "vitest";
import { testClock } from "../../../test/clock.ts";
import { silentLog } from "../../core/log.ts";
import { startDuties } from "./duty.ts";

const HOUR_MS = 3600_000;

/** Lets what a timer began come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a duty that failed is told until it works again, and is tried again in its own time", async () => {
  const clock = testClock();
  let broken = true;
  let rounds = 0;
  const run = async () => {
    rounds++;
    if (broken) throw new Error("the disk is full.");
  };
  const duties = startDuties([{ name: "backup", everyMs: HOUR_MS, run }], { clock, log: silentLog });
  expect(duties.problems()).toEqual([]);
  clock.advance(HOUR_MS);
  await settled();
  expect(duties.problems()).toEqual(["The backup failed: the disk is full."]);
  broken = false;
  clock.advance(HOUR_MS);
  await settled();
  expect(duties.problems()).toEqual([]);
  expect(rounds).toBe(2);
  await duties.stop();
});

test("a duty that takes long is not begun again beside itself, and stopping waits for it", async () => {
  const clock = testClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  const run = () => {
    begun++;
    return promise;
  };
  const duties = startDuties([{ name: "backup", everyMs: HOUR_MS, run }], { clock, log: silentLog });
  clock.advance(HOUR_MS);
  clock.advance(10 * HOUR_MS);
  await settled();
  expect(begun).toBe(1);
  let stopped = false;
  const stopping = duties.stop().then(() => {
    stopped = true;
  });
  await settled();
  expect(stopped).toBe(false);
  resolve();
  await stopping;
  clock.advance(10 * HOUR_MS);
  expect(begun).toBe(1);
});
