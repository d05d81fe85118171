import { expect, onTestFinished, test } from "vitest";
import { testClock } from "../../test/clock.ts";
import { scratch } from "../../test/scratch.ts";
import { silentLog } from "../core/log.ts";
import { listEvents } from "../event/event.store.ts";
import { eventTables } from "../event/event.tables.ts";
import { openSqlite } from "../store/sqlite.ts";
import { COMPARE_MS, watchClock } from "./clock-watch.ts";

const directory = scratch("clock");
const HOUR_MS = 3_600_000;

async function watched() {
  const clock = testClock();
  const sleep = { ms: 0 };
  const sleeping = { ...clock, sinceBoot: () => clock.sinceBoot() + sleep.ms, now: () => clock.now() + sleep.ms };
  const store = await openSqlite({ path: `${directory()}/steward.db`, migrations: [eventTables], clock: sleeping });
  onTestFinished(() => store.close());
  const seen = { jumps: [] as number[], leaps: 0 };
  const stop = watchClock({
    store,
    clock: sleeping,
    log: silentLog,
    onJump: async (_, byMs) => void seen.jumps.push(byMs),
    onLeap: () => {
      seen.leaps += 1;
    },
  });
  onTestFinished(stop);
  const told = async () =>
    (await listEvents(store.read, { after: 0, topic: "host.*", limit: 10 })).map(({ topic, data }) => [topic, data]);
  /** Until what was begun is in the store. */
  const compare = async () => {
    clock.advance(COMPARE_MS);
    await store.write(async () => {});
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, sleep, seen, told, compare };
}

test("a clock that is set is told once, by how much, forwards and back", async () => {
  const { clock, seen, told, compare } = await watched();
  await compare();
  clock.setWall(clock.now() + 3 * HOUR_MS);
  await compare();
  await compare();
  clock.setWall(clock.now() - 6 * HOUR_MS);
  await compare();
  expect(await told()).toEqual([
    ["host.clock_jumped", `{"byMs":${3 * HOUR_MS}}`],
    ["host.clock_jumped", `{"byMs":${-6 * HOUR_MS}}`],
  ]);
  expect(seen.jumps).toEqual([3 * HOUR_MS, -6 * HOUR_MS]);
  expect(seen.leaps).toBeGreaterThan(0);
});

test("a clock that is corrected bit by bit has not jumped, and nothing is woken", async () => {
  const { clock, seen, told, compare } = await watched();
  for (let n = 0; n < 100; n += 1) {
    clock.setWall(clock.now() + 20);
    await compare();
  }
  expect([await told(), seen.leaps]).toEqual([[], 0]);
});

test("after a machine slept its times are looked at, though nobody set the clock", async () => {
  const { sleep, seen, told, compare } = await watched();
  sleep.ms = HOUR_MS;
  await compare();
  await compare();
  expect([await told(), seen.jumps, seen.leaps]).toEqual([[], [], 1]);
});
