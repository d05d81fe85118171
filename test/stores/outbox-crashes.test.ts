import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { testIds } from "../builders.ts";
import { type TestClock, testClock } from "../clock.ts";
import { makesUp, type OpenStore, onEveryStore } from "./on-every-store.ts";
import { anOffice, aWebhook, type Office, type Sent, type WatchedStore, watched } from "./post-office.ts";

// Of a world that is left in the middle because the time is up, too.
makesUp(/^task\.(told|completed)$/);

const WORLDS = process.env.STEWARD_SOAK === "1" ? 100 : 40;

/** What becomes of a write: it is done, or the daemon dies before its commit, or after it and before it knows. */
const WriteFate = fc.constantFrom("done", "done", "dies before", "dies after");
/** What becomes of an attempt. */
const SendFate = fc.constantFrom("taken", "taken", "refused", "lost", "dies before", "dies after");

const Fates = fc.record({
  writes: fc.array(WriteFate, { maxLength: 30 }),
  sends: fc.array(SendFate, { maxLength: 30 }),
  events: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  pending: fc.integer({ min: 1, max: 5 }),
});

onEveryStore((openStore) => {
  test("wherever the daemon dies, each target gets every event at least once and in order, and one event has one id", async () => {
    await fc.assert(
      fc.asyncProperty(Fates, async (fates) => {
        const world = await aWorld(openStore, fates);
        for (const events of fates.events) {
          for (let i = 0; i < events; i++) await world.office().tell();
          await world.pass();
        }
        await world.untilAllIsDelivered();
        const numbers = await everyEvent(world.store);
        for (const url of ["https://one.example/", "https://two.example/"]) {
          const taken = world.taken.filter((sent) => sent.url === url);
          const got = taken.map(({ number }) => number);
          expect(got, "never one again after a later one").toEqual(got.toSorted((a, b) => a - b));
          expect([...new Set(got)]).toEqual(numbers);
          expect(new Set(taken.map(({ webhookId }) => webhookId)).size).toBe(numbers.length);
        }
        await world.end();
      }),
      { numRuns: WORLDS, interruptAfterTimeLimit: 20_000 },
    );
  });
});

interface WorldFates {
  readonly writes: readonly string[];
  readonly sends: readonly string[];
  readonly pending: number;
}

/** One store, and one daemon after the other on it. */
async function aWorld(openStore: OpenStore, { writes, sends, pending }: WorldFates) {
  const clock = testClock();
  const ids = testIds();
  const store = watched(await openStore({ clock, synced: false }));
  const [nextWrites, nextSends] = [[...writes], [...sends]];
  const taken: Sent[] = [];
  let life: { office: Office; isDead: boolean };

  function live(): void {
    const mine = { isDead: false };
    const die = () => {
      if (mine.isDead) return;
      mine.isDead = true;
      live();
    };
    const answer = async (sent: Sent): Promise<number> => {
      const fate = mine.isDead ? "dies before" : (nextSends.shift() ?? "taken");
      if (fate === "taken" || fate === "lost" || fate === "dies after") taken.push(sent);
      if (fate.startsWith("dies")) {
        die();
        return await never();
      }
      if (fate === "lost") throw new Error("the connection was closed without an answer");
      return fate === "taken" ? 204 : 503;
    };
    const office = anOffice(mortal(store, mine, nextWrites, die), mortalClock(clock, mine), ids, {
      answer,
      limits: { outboxPendingMessages: pending },
    });
    life = Object.assign(mine, { office: { ...office, tell: anOffice(store, clock, ids).tell } });
    const webhook = (url: string) => aWebhook({ url, maxAttempts: 50 });
    void office.door.apply({ one: webhook("https://one.example/"), two: webhook("https://two.example/") });
  }

  /** Nothing of the targets is forgotten before they are known. */
  const { door } = anOffice(store, clock, ids);
  await door.apply({ one: aWebhook({ enabled: false }), two: aWebhook({ enabled: false }) });
  await door.stop();
  live();
  const pass = async () => {
    await store.settled();
    clock.advance(30_000);
  };
  return {
    store,
    taken,
    office: () => life.office,
    pass,
    async end() {
      life.isDead = true;
      await store.settled();
      await store.close();
    },
    async untilAllIsDelivered() {
      const wanted = 2 * (await everyEvent(store)).length;
      for (let step = 0; step < 3_000; step++) {
        await pass();
        const row = await store.read.get<{ n: number }>("SELECT COUNT(*) AS n FROM outbox WHERE state = 'delivered'");
        if (row?.n === wanted) return;
      }
      throw new Error("not everything was delivered, however much time passed");
    },
  };
}

/** The dead write nothing and hear nothing; their promises never settle. */
function mortal(
  store: WatchedStore,
  life: { readonly isDead: boolean },
  fates: string[],
  die: () => void,
): WatchedStore {
  return {
    ...store,
    onCommit: (listener) => store.onCommit((fact) => (life.isDead ? undefined : listener(fact))),
    read: {
      get: (sql, ...params) => (life.isDead ? never() : store.read.get(sql, ...params)),
      all: (sql, ...params) => (life.isDead ? never() : store.read.all(sql, ...params)),
    },
    async write(work) {
      const fate = life.isDead ? "dies before" : (fates.shift() ?? "done");
      if (fate === "dies before") {
        die();
        return await never();
      }
      const result = await store.write(work);
      if (fate === "dies after") die();
      return life.isDead ? await never() : result;
    },
  };
}

function mortalClock(clock: TestClock, life: { readonly isDead: boolean }): TestClock {
  return { ...clock, after: (ms, callback) => clock.after(ms, () => (life.isDead ? undefined : callback())) };
}

function never(): Promise<never> {
  return new Promise(() => {});
}

async function everyEvent(store: Store): Promise<number[]> {
  return (await store.read.all<{ id: number }>("SELECT id FROM event ORDER BY id")).map(({ id }) => id);
}
