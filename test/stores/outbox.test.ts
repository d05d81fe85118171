import { describe, expect, test } from "vitest";
import { silentLog } from "../../src/core/log.ts";
import { createCall } from "../../src/core/operation.ts";
import { type Cursor, CursorMoved, consume, findCursor, openCursor } from "../../src/event/cursor.store.ts";
import { appendEvent } from "../../src/event/event.store.ts";
import { outboxOperations } from "../../src/event/outbox/outbox.operations.ts";
import { SWEEP_BATCH, sweep } from "../../src/event/outbox/sweep.ts";
import { webhookOperations } from "../../src/event/outbox/webhook.operations.ts";
import type { Store } from "../../src/store/store.ts";
import { ada, someLimits } from "../builders.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { times } from "./notes.ts";
import { makesUp, onEveryStore } from "./on-every-store.ts";
import { anOffice, aWebhook, KEY, type Office, openOffice, SOME_LIMITS } from "./post-office.ts";

const DAY_MS = 86_400_000;

makesUp(/^(book|task|run)\./);

onEveryStore((openStore) => {
  describe("a durable consumer", () => {
    test("begins with now, and moves in the transaction of its effect", async () => {
      const store = await openStore();
      await tell(store, 3);
      const cursor = await aCursor(store);
      expect(await consumed(store, cursor)).toEqual([]);
      await tell(store, 2);
      const failing = consume(store, {
        cursor,
        batch: 10,
        wants: () => true,
        effect: async () => {
          throw new Error("no");
        },
      });
      await expect(failing).rejects.toThrow("no");
      expect(await findCursor(store.read, "reader")).toMatchObject({ stored: 3 });
      expect(await consumed(store, cursor)).toEqual([4, 5]);
      expect(await consumed(store, await mustFind(store))).toEqual([]);
    });

    test("takes what it missed in bounded batches", async () => {
      const store = await openStore();
      const cursor = await aCursor(store);
      await tell(store, 25);
      const sizes: number[] = [];
      const effect = async (_: unknown, wanted: readonly unknown[]) => void sizes.push(wanted.length);
      while (await consume(store, { cursor, batch: 10, wants: () => true, effect }));
      expect(sizes).toEqual([10, 10, 5]);
    });

    test("of two with one name only one has the effect", async () => {
      const store = await openStore();
      const [first, second] = [await aCursor(store), await mustFind(store)];
      await tell(store, 1);
      expect(await consumed(store, first)).toEqual([1]);
      await expect(consumed(store, second)).rejects.toThrow(CursorMoved);
    });

    test("writes nothing for events that it only passes by, until a batch of them is full", async () => {
      const store = await openStore();
      const cursor = await aCursor(store);
      await tell(store, 9);
      await consumed(store, cursor, () => false);
      expect(cursor).toMatchObject({ stored: 0, seen: 9 });
      await tell(store, 1);
      await consumed(store, cursor, () => false);
      expect(cursor).toMatchObject({ stored: 10, seen: 10 });
    });
  });

  describe("the outbox", () => {
    test("sends what happens from now on, in order, and only what the target wants", async () => {
      const office = await openOffice(openStore);
      await office.tell("task.completed");
      await office.door.apply({ ci: aWebhook({ topics: ["task.*"] }) });
      for (const topic of ["task.submitted", "run.ended", "task.failed"]) await office.tell(topic);
      await delivered(office, 2);
      expect(office.sent.map(({ number, type }) => [number, type])).toEqual([
        [2, "task.submitted"],
        [4, "task.failed"],
      ]);
    });

    test("works through what it missed while nobody was there", async () => {
      const office = await openOffice(openStore);
      await office.door.apply({ ci: aWebhook() });
      await office.door.stop();
      for (const _ of times(450, (n) => n)) await office.tell();
      const next = anOffice(office.store, office.clock, office.ids);
      await next.door.apply({ ci: aWebhook() });
      await delivered(next, 450);
      expect(next.sent.map(({ number }) => number)).toEqual(times(450, (n) => n + 1));
    });

    test("holds back what comes after a message that waits, at one target and no other", async () => {
      const office = await openOffice(openStore, { answer: ({ url }) => (url.includes("ill") ? 500 : 204) });
      await office.door.apply({ ill: aWebhook({ url: "https://ill.example/" }), well: aWebhook() });
      for (const _ of times(3, (n) => n)) await office.tell();
      await eventually(
        "the well one has all",
        () => office.sent.filter(({ url }) => url.includes("example.com")).length === 3,
      );
      await office.settled();
      expect(office.sent.filter(({ url }) => url.includes("ill")).map(({ number }) => number)).toEqual([1]);
    });

    test("tries again with the same id and longer waits, then gives up and goes on", async () => {
      const office = await openOffice(openStore, { answer: ({ number }) => (number === 1 ? 503 : 204) });
      const began = office.clock.now();
      await office.door.apply({ ci: aWebhook({ maxAttempts: 3 }) });
      await office.tell("task.failed");
      await office.tell("task.completed");
      await passing(office, () => office.sent.length === 4);
      await delivered(office, 1);
      expect(office.sent.map(({ number, at }) => [number, at - began])).toEqual([
        [1, 0],
        [1, 5_000],
        [1, 65_000],
        [2, 65_000],
      ]);
      expect(new Set(office.sent.slice(0, 3).map(({ webhookId }) => webhookId)).size).toBe(1);
      expect(await office.messages()).toMatchObject([
        { state: "dead", attempts: 3, last_status: 503, last_error: "it answered 503" },
        { state: "delivered", attempts: 1 },
      ]);
      expect(await topics(office)).toContain("webhook.message_died");
    });

    test("waits as long as a target asks for", async () => {
      const answers = [{ status: 429, retryAfterMs: 3_600_000 }, 204];
      const office = await openOffice(openStore, { answer: () => answers.shift() ?? 204 });
      const began = office.clock.now();
      await office.door.apply({ ci: aWebhook() });
      await office.tell();
      await passing(office, () => office.sent.length === 2);
      expect(office.sent[1]?.at).toBe(began + 3_600_000);
    });

    test("stops for a target that is gone, and goes on where it stopped when somebody resumes it", async () => {
      const answers = [410];
      const office = await openOffice(openStore, { answer: () => answers.shift() ?? 204 });
      await office.door.apply({ ci: aWebhook() });
      await office.tell();
      await eventually("it is stopped", () => office.door.problems().length > 0);
      expect(office.door.problems()[0]).toContain('The webhook "ci" is stopped: it answered 410');
      await office.tell();
      await office.settled();
      expect(office.sent).toHaveLength(1);
      const call = callOf(office);
      expect(await call("webhook.list", {})).toMatchObject({ webhooks: [{ state: "stopped", dead: 1 }] });
      expect(await call("webhook.resume", { webhook: "ci" })).toEqual({ webhook: "ci", resumed: true });
      await delivered(office, 1);
      expect(office.door.problems()).toEqual([]);
      expect(await call("webhook.resume", { webhook: "ci" })).toEqual({ webhook: "ci", resumed: false });
      expect(await topics(office)).toEqual(expect.arrayContaining(["webhook.stopped", "webhook.resumed"]));
    });

    test("keeps no more messages of a target than its limit: the rest stay events, and none is lost", async () => {
      const answers = times(1, () => 500);
      const office = await openOffice(openStore, {
        answer: () => answers.shift() ?? 204,
        limits: { outboxPendingMessages: 5 },
      });
      await office.door.apply({ ci: aWebhook({ enabled: false }) });
      for (const _ of times(40, (n) => n)) await office.tell();
      await office.door.apply({ ci: aWebhook() });
      await office.settled();
      expect(await office.messages()).toHaveLength(5);
      await passing(office, () => office.sent.length === 41);
      await delivered(office, 40);
      expect(office.sent.slice(1).map(({ number }) => number)).toEqual(times(40, (n) => n + 1));
    });

    test("sends nothing to a disabled webhook, and what happened meanwhile once it is enabled", async () => {
      const office = await openOffice(openStore);
      await office.door.apply({ ci: aWebhook() });
      await office.door.apply({ ci: aWebhook({ enabled: false }) });
      await office.tell();
      await office.settled();
      expect(office.sent).toEqual([]);
      await office.door.apply({ ci: aWebhook() });
      await delivered(office, 1);
    });

    test("stopping waits a moment for an attempt; one that is cut off is not known, and is sent again with its id", async () => {
      const answers = Array.from({ length: 2 }, () => Promise.withResolvers<number>());
      const office = await openOffice(openStore, {
        answer: ({ number }, signal) => {
          signal.addEventListener("abort", () => answers[1]?.reject(signal.reason));
          return answers[number - 1]?.promise ?? 204;
        },
      });
      await office.door.apply({ ci: aWebhook() });
      await office.tell();
      await eventually("the first is under way", () => office.sent.length === 1);
      await office.tell();
      answers[0]?.resolve(204);
      await eventually("the second is under way", () => office.sent.length === 2);
      const stopped = office.door.stop();
      await office.settled();
      office.clock.advance(10_000);
      await stopped;
      expect(await office.messages()).toMatchObject([{ state: "delivered" }, { state: "pending", attempts: 0 }]);
      const next = anOffice(office.store, office.clock, office.ids);
      await next.door.apply({ ci: aWebhook() });
      await delivered(next, 2);
      expect(next.sent.map(({ webhookId }) => webhookId)).toEqual([office.sent[1]?.webhookId]);
    });

    test("says so when events were removed before a webhook was told of them, and goes on with what is there", async () => {
      const warnings: unknown[] = [];
      const log = { ...silentLog, warn: (message: string, facts?: object) => void warnings.push([message, facts]) };
      const office = await openOffice(openStore, { log });
      await office.tell();
      await office.door.apply({ ci: aWebhook({ enabled: false }) });
      for (const _ of times(4, (n) => n)) await office.tell();
      await office.store.write((tx) => tx.run("DELETE FROM event WHERE id < 4"));
      await office.door.apply({ ci: aWebhook() });
      await delivered(office, 2);
      expect(warnings).toEqual([
        ["events were removed before a webhook was told of them", { webhook: "ci", after: 1, before: 4 }],
      ]);
    });

    test("gives up what waits for a webhook that was taken out, and begins anew when it comes back", async () => {
      const office = await openOffice(openStore, { answer: () => 500 });
      await office.door.apply({ ci: aWebhook() });
      await office.tell();
      await eventually("it was tried", async () => (await office.messages())[0]?.attempts === 1);
      await office.door.apply({});
      expect(await office.messages()).toMatchObject([
        { state: "dead", last_error: "the webhook was taken out of the settings" },
      ]);
      await office.tell();
      await office.door.apply({ ci: aWebhook() });
      await office.tell("task.failed");
      await eventually("the new one is tried", () => office.sent.length === 2);
      expect(office.sent.map(({ number }) => number)).toEqual([1, 3]);
    });

    test("tells a webhook nothing of itself, and of a death only once, so that two dead targets are silent", async () => {
      const office = await openOffice(openStore, { answer: () => 400 });
      const both = { topics: ["*", "webhook.*"], maxAttempts: 1 };
      await office.door.apply({ one: aWebhook({ ...both, url: "https://one.example/" }), two: aWebhook(both) });
      await office.tell();
      await eventually("each told of the other's", () => office.sent.length === 4);
      await office.settled();
      expect(office.sent).toHaveLength(4);
      expect((await topics(office)).filter((topic) => topic === "webhook.message_died")).toHaveLength(2);
    });

    test("says what is wrong with a key, spends no attempt on it, and goes on when it is mended", async () => {
      let key = "whsec_c2hvcnQ=";
      const office = await openOffice(openStore, { readSecret: () => key });
      await office.door.apply({ ci: aWebhook() });
      await eventually("it is told before there is anything to sign", () => office.door.problems().length > 0);
      await office.tell();
      await office.settled();
      expect(office.door.problems()[0]).toContain("The signing key has 5 bytes, not 24 to 64");
      key = KEY;
      await passing(office, () => office.sent.length === 1);
      await delivered(office, 1);
      expect(office.door.problems()).toEqual([]);
      expect(await office.messages()).toMatchObject([{ attempts: 1 }]);
    });
  });

  describe("by hand", () => {
    test("a dead message is sent again as the message that it was", async () => {
      const answers = [500];
      const office = await openOffice(openStore, { answer: () => answers.shift() ?? 204 });
      await office.door.apply({ ci: aWebhook({ maxAttempts: 1 }) });
      await office.tell();
      await eventually("it is dead", async () => (await office.messages())[0]?.state === "dead");
      const call = callOf(office);
      expect(await call("outbox.redeliver", { messageId: "message-1" })).toEqual({ redelivered: 1, more: false });
      await delivered(office, 1);
      expect(new Set(office.sent.map(({ webhookId }) => webhookId)).size).toBe(1);
    });

    test("all dead messages of a webhook are sent again in their order", async () => {
      let status = 500;
      const office = await openOffice(openStore, { answer: () => status });
      await office.door.apply({ ci: aWebhook({ maxAttempts: 1 }) });
      for (const _ of times(3, (n) => n)) await office.tell();
      await eventually(
        "all are dead",
        async () => (await office.messages()).filter((m) => m.state === "dead").length === 3,
      );
      status = 204;
      const call = callOf(office);
      expect(await call("outbox.redeliver", { target: "ci", allDead: true })).toEqual({ redelivered: 3, more: false });
      await delivered(office, 3);
      expect(office.sent.slice(3).map(({ number }) => number)).toEqual(
        office.sent.slice(0, 3).map(({ number }) => number),
      );
    });

    test("a message that blocks others is dropped, and they go on", async () => {
      const office = await openOffice(openStore, { answer: ({ number }) => (number === 1 ? 500 : 204) });
      await office.door.apply({ ci: aWebhook() });
      await office.tell();
      await office.tell();
      await eventually("it was tried", async () => (await office.messages())[0]?.attempts === 1);
      const call = callOf(office);
      expect(await call("outbox.drop", { messageId: "message-1" })).toEqual({ messageId: "message-1", state: "dead" });
      await delivered(office, 1);
      await expect(call("outbox.drop", { messageId: "message-2" })).rejects.toMatchObject({ code: "conflict" });
    });

    test("what is not there or makes no sense is refused", async () => {
      const office = await openOffice(openStore);
      await office.door.apply({ ci: aWebhook() });
      await office.tell();
      await delivered(office, 1);
      await office.door.apply({});
      const call = callOf(office);
      const refused = (name: string, input: object) =>
        call(name, input).then(
          () => "done",
          (error: { code: string }) => error.code,
        );
      expect(await refused("outbox.redeliver", { messageId: "message-1" })).toBe("conflict");
      expect(await refused("outbox.redeliver", { messageId: "message-9" })).toBe("not_found");
      expect(await refused("outbox.redeliver", { messageId: "task-1" })).toBe("not_found");
      expect(await refused("outbox.redeliver", {})).toBe("invalid_input");
      expect(await refused("outbox.redeliver", { target: "ci" })).toBe("invalid_input");
      expect(await refused("outbox.redeliver", { messageId: "message-1", allDead: true, target: "ci" })).toBe(
        "invalid_input",
      );
      expect(await refused("outbox.redeliver", { allDead: true, target: "ci" })).toBe("conflict");
      expect(await refused("outbox.drop", { messageId: "message-9" })).toBe("not_found");
      expect(await refused("webhook.test", { webhook: "ci" })).toBe("not_found");
      expect(await refused("webhook.test", { webhook: "constructor" })).toBe("not_found");
    });

    test("the list goes page by page and takes filters", async () => {
      const office = await openOffice(openStore, { answer: ({ number }) => (number === 2 ? 400 : 204) });
      await office.door.apply({ ci: aWebhook({ maxAttempts: 1 }) });
      for (const _ of times(3, (n) => n)) await office.tell();
      await delivered(office, 2);
      const call = callOf(office);
      const ids = async (input: object) => {
        const { messages, next } = (await call("outbox.list", input)) as {
          messages: { messageId: string }[];
          next: string;
        };
        return [messages.map(({ messageId }) => messageId), next];
      };
      expect(await ids({ target: "ci", limit: 2, state: "delivered" })).toEqual([["message-3", "message-1"], null]);
      expect(await ids({ limit: 1 })).toEqual([["message-3"], "message-3"]);
      expect(await ids({ limit: 2, before: "message-3" })).toEqual([["message-2", "message-1"], null]);
      expect(await ids({ state: "dead" })).toEqual([["message-2"], null]);
      expect(await ids({ target: "other" })).toEqual([[], null]);
    });

    test("a test tells how it was taken, and leaves nothing in the outbox", async () => {
      const answers = [204, 500];
      const office = await openOffice(openStore, { answer: () => answers.shift() ?? 204 });
      await office.door.apply({ ci: aWebhook({ enabled: false }) });
      const call = callOf(office);
      expect(await call("webhook.test", { webhook: "ci" })).toMatchObject({
        delivered: true,
        status: 204,
        error: null,
      });
      expect(await call("webhook.test", { webhook: "ci" })).toMatchObject({
        delivered: false,
        error: "it answered 500",
      });
      expect(office.sent.map(({ type }) => type)).toEqual(["webhook.tested", "webhook.tested"]);
      expect(await office.messages()).toEqual([]);
    });
  });

  test("what ended long ago is removed in batches, what waits never, and each state after its own time", async () => {
    const statuses: Record<string, number> = { "task.failed": 400, "task.parked": 500 };
    const office = await openOffice(openStore, { answer: ({ type }) => statuses[type] ?? 204 });
    await office.door.apply({ ci: aWebhook({ maxAttempts: 1 }) });
    await office.tell("task.failed");
    for (const _ of times(600, (n) => n)) await office.tell();
    await delivered(office, 600);
    await office.door.apply({ ci: aWebhook({ maxAttempts: 50 }) });
    await office.tell("task.parked");
    await eventually("the last one waits", async () => {
      const last = (await office.messages()).at(-1);
      return last?.state === "pending" && last.attempts === 1;
    });
    await office.door.stop();
    const sweeping = { ...office, log: silentLog, limits: () => SOME_LIMITS };
    expect(await sweep(sweeping)).toBe(0);
    office.clock.advance(8 * DAY_MS);
    expect(await sweep(sweeping)).toBeGreaterThan(SWEEP_BATCH);
    expect((await office.messages()).map(({ state }) => state)).toEqual(["dead", "pending"]);
    office.clock.advance(23 * DAY_MS);
    expect(await sweep(sweeping)).toBe(1);
    expect((await office.messages()).map(({ state }) => state)).toEqual(["pending"]);
  });
});

async function tell(store: Store, events: number): Promise<void> {
  for (let i = 0; i < events; i++) {
    await store.write((tx) => appendEvent(tx, { topic: "task.completed", actor: "person:ada" }));
  }
}

async function aCursor(store: Store): Promise<Cursor> {
  await store.write((tx) => openCursor(tx, "reader"));
  return await mustFind(store);
}

async function mustFind(store: Store): Promise<Cursor> {
  const cursor = await findCursor(store.read, "reader");
  if (!cursor) throw new Error("there is no cursor");
  return cursor;
}

/** The numbers of the events that had their effect. */
async function consumed(store: Store, cursor: Cursor, wants = () => true): Promise<number[]> {
  const numbers: number[] = [];
  const effect = async (_: unknown, wanted: readonly { id: number }[]) =>
    void numbers.push(...wanted.map(({ id }) => id));
  await consume(store, { cursor, batch: 10, wants, effect });
  return numbers;
}

function delivered(office: Office, count: number): Promise<unknown> {
  const all = async () => (await office.messages()).filter(({ state }) => state === "delivered").length === count;
  return eventually(`${count} are delivered`, all);
}

/** Time passes, a few seconds at once, until something is so. */
async function passing(office: Office, until: () => boolean): Promise<void> {
  for (let step = 0; step < 2_000; step++) {
    await office.settled();
    if (until()) return;
    office.clock.advance(5_000);
  }
  throw new Error("this never came to be, however much time passed");
}

async function topics({ store }: Office): Promise<string[]> {
  return (await store.read.all<{ topic: string }>("SELECT topic FROM event ORDER BY id")).map(({ topic }) => topic);
}

function callOf({ store, door }: Office) {
  const room = { store, webhooks: door, limits: () => someLimits() };
  const call = createCall([...webhookOperations, ...outboxOperations] as const, room, silentLog);
  return (name: string, input: object) => call(name, input, ada);
}
