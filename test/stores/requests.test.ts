/** A request that its caller named is done once, however often it is asked, on every store. */
import { expect, test } from "vitest";
import * as z from "zod";
import { doneOnce } from "../../src/access/request.store.ts";
import { forgetRequests } from "../../src/access/request-retention.store.ts";
import type { Actor } from "../../src/core/actor.ts";
import { silentLog } from "../../src/core/log.ts";
import { createPorts, operation } from "../../src/core/operation.ts";
import { refuse } from "../../src/core/refusal.ts";
import { appendEvent } from "../../src/event/event.store.ts";
import type { Store } from "../../src/store/store.ts";
import { ada } from "../builders.ts";
import { testClock } from "../clock.ts";
import { makesUp, onEveryStore } from "./on-every-store.ts";

const bob: Actor = { ...ada, name: "bob" };

/** Two writes, each an event; the second one is refused while its shelf is full. */
const shelve = operation({
  name: "book.shelve",
  summary: "Put a book on two shelves.",
  effect: "write",
  scope: "operate",
  rest: "POST /books",
  input: z.strictObject({ title: z.string() }),
  output: z.object({ first: z.number(), second: z.number() }),
  refuses: ["conflict"],
  example: { title: "Emma" },
  handle: async ({ store, isFull }: { store: Store; isFull: () => boolean }, { title }) => {
    const put = (topic: string) =>
      store.write(async (tx) => {
        await appendEvent(tx, { topic, actor: "person:ada", data: { title } });
        if (topic === "book.shelved_again" && isFull()) refuse("conflict", "The second shelf is full.");
        return (await tx.get<{ n: number }>("SELECT count(*) AS n FROM event"))?.n ?? 0;
      });
    return { first: await put("book.shelved"), second: await put("book.shelved_again") };
  },
});

makesUp(/^book\./);

onEveryStore((openStore) => {
  async function aShelf() {
    const clock = testClock();
    const store = await openStore({ clock, synced: false });
    const shelf = { isFull: false };
    const context = { store, isFull: () => shelf.isFull };
    const ports = createPorts({ operations: [shelve], context, log: silentLog, once: doneOnce });
    const put = (input: object, requestId?: string, actor = ada) =>
      ports.call("book.shelve", { title: "Emma", ...input }, actor, { requestId });
    const events = async () => (await store.read.get<{ n: number }>("SELECT count(*) AS n FROM event"))?.n;
    return { store, shelf, clock, put, events };
  }

  test("asked again, it gives the same answer and writes nothing", async () => {
    const { put, events } = await aShelf();
    const first = await put({}, "r1");
    expect(first).toEqual({ first: 1, second: 2 });
    expect(await put({}, "r1")).toEqual(first);
    expect(await events()).toBe(2);
  });

  test("twenty at once under one name are one", async () => {
    const { put, events } = await aShelf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => put({}, "r1")));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await events()).toBe(2);
  });

  test("without a name, or under another, or by somebody else, it is another request", async () => {
    const { put, events } = await aShelf();
    await put({}, "r1");
    await put({});
    await put({}, "r2");
    await put({}, "r1", bob);
    expect(await events()).toBe(8);
  });

  test("a name that was used for something else is refused, and nothing is written", async () => {
    const { put, events } = await aShelf();
    await put({}, "r1");
    await expect(put({ title: "Ulysses" }, "r1")).rejects.toMatchObject({ code: "conflict" });
    expect(await events()).toBe(2);
  });

  test("one that was refused half way goes on where it stood when it is asked again", async () => {
    const { shelf, put, events } = await aShelf();
    shelf.isFull = true;
    await expect(put({}, "r1")).rejects.toMatchObject({ code: "conflict" });
    expect(await events()).toBe(1);
    shelf.isFull = false;
    expect(await put({}, "r1")).toEqual({ first: 1, second: 2 });
    expect(await events()).toBe(2);
  });

  test("a name that is empty or far too long is refused", async () => {
    const { put } = await aShelf();
    await expect(put({}, "")).rejects.toMatchObject({ code: "invalid_input" });
    await expect(put({}, "x".repeat(201))).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("what is old is forgotten, and done again when it is asked again", async () => {
    const { store, clock, put, events } = await aShelf();
    await put({}, "r1");
    clock.advance(1000);
    await put({}, "r2");
    const old = { before: clock.now(), isStopping: () => false };
    expect(await forgetRequests(store, { ...old, dryRun: true })).toBe(2);
    expect(await forgetRequests(store, { ...old, dryRun: false })).toBe(2);
    expect(await forgetRequests(store, { ...old, dryRun: false })).toBe(0);
    await put({}, "r2");
    expect(await events()).toBe(4);
    await put({}, "r1");
    expect(await events()).toBe(6);
  });
});
