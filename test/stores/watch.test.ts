/** Events as they happen: in commit order, from a number on, and nobody waits for a reader. */
import { expect, onTestFinished, test } from "vitest";
import { appendEvent, type EventRow } from "../../src/event/event.store.ts";
import { watchEvents } from "../../src/event/watch.ts";
import type { Store } from "../../src/store/store.ts";
import { makesUp, onEveryStore } from "./on-every-store.ts";

const say = (store: Store, topic: string, taskId: number | null = null) =>
  store.write((tx) => appendEvent(tx, { topic, actor: "person:ada", taskId }));

interface Options {
  readonly after?: number;
  readonly topic?: string;
  readonly taskId?: number;
  readonly pageItems?: number;
  readonly view?: (row: EventRow) => string;
}

const seen = (row: EventRow) => `${row.topic} ${row.id}`;

/** Reads one after the other; `next` gives `topic number`, or a mark's name and number. */
async function aReader(store: Store, { after, pageItems = 3, view = (row) => seen(row), ...filter }: Options = {}) {
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const parts = await watchEvents({ store, signal: gone.signal, after, filter, pageItems, view });
  const reader = parts[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await reader.next();
    if (done) return "the end";
    return typeof value === "string" ? value : `${value.mark} ${value.next}`;
  };
  const take = async (count: number) => {
    const taken: string[] = [];
    while (taken.length < count) taken.push(await next());
    return taken;
  };
  return { next, take, leave: () => gone.abort() };
}

makesUp(/^(book|bookcase|task)\./);

onEveryStore((openStore) => {
  const aStore = () => openStore({ synced: false });

  test("what was before and what comes are one sequence, without a gap or a repetition", async () => {
    const store = await aStore();
    for (let n = 1; n <= 5; n++) await say(store, "book.read");
    const { take } = await aReader(store, { after: 2 });
    expect(await take(3)).toEqual(["book.read 3", "book.read 4", "book.read 5"]);
    const coming = take(2);
    await say(store, "book.lent");
    await say(store, "book.returned");
    expect(await coming).toEqual(["book.lent 6", "book.returned 7"]);
  });

  test("a reader who names no number is told where it begins, and gets what happens from then on", async () => {
    const store = await aStore();
    await say(store, "book.read");
    const { next } = await aReader(store);
    expect(await next()).toBe("begin 1");
    const coming = next();
    await say(store, "book.lent");
    expect(await coming).toBe("book.lent 2");
  });

  test("only what was asked for comes, however much else happens", async () => {
    const store = await aStore();
    const { take } = await aReader(store, { after: 0, topic: "book.*", taskId: 7 });
    const coming = take(2);
    for (let n = 0; n < 10; n++) await say(store, "task.queued", 7);
    await say(store, "book.read", 8);
    await say(store, "book.read", 7);
    for (let n = 0; n < 10; n++) await say(store, "bookcase.built", 7);
    await say(store, "book.lent", 7);
    expect(await coming).toEqual(["book.read 12", "book.lent 23"]);
  });

  test("events that are committed together come in the order of their numbers", async () => {
    const store = await aStore();
    const { take } = await aReader(store, { after: 0 });
    const coming = take(40);
    await Promise.all(Array.from({ length: 40 }, () => say(store, "book.read")));
    const numbers = (await coming).map((text) => Number(text.split(" ")[1]));
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  });

  test("a reader whose next events are no longer kept is told where to go on", async () => {
    const store = await aStore();
    for (let n = 1; n <= 6; n++) await say(store, "book.read");
    await store.write((tx) => tx.run("DELETE FROM event WHERE id <= 4"));
    const { take } = await aReader(store, { after: 2 });
    expect(await take(3)).toEqual(["gap 4", "book.read 5", "book.read 6"]);
  });

  test("a number that no event has yet is refused: it is from another home, and would be waited for in silence", async () => {
    const store = await aStore();
    await say(store, "book.read");
    await expect(aReader(store, { after: 2 })).rejects.toMatchObject({ code: "invalid_input" });
    const { next } = await aReader(store, { after: 1 });
    await say(store, "book.read");
    expect(await next()).toBe("book.read 2");
  });

  test("one who asks for everything gets what there is, and no word of a gap", async () => {
    const store = await aStore();
    for (let n = 1; n <= 3; n++) await say(store, "book.read");
    await store.write((tx) => tx.run("DELETE FROM event WHERE id <= 2"));
    const { next } = await aReader(store, { after: 0 });
    expect(await next()).toBe("book.read 3");
  });

  test("a reader that does not read costs the writers nothing, and finds everything when it comes back", async () => {
    const store = await aStore();
    const { next, take } = await aReader(store, { after: 0, pageItems: 50 });
    const first = next();
    await say(store, "book.read");
    await first;
    await Promise.all(Array.from({ length: 500 }, () => say(store, "book.read")));
    expect((await take(500)).at(-1)).toBe("book.read 501");
  });

  test("a hundred readers at one place cost the store one page, and each of them gets it", async () => {
    const store = await aStore();
    await say(store, "book.read");
    const counted = countPages(store);
    const readers = await Promise.all(
      Array.from({ length: 100 }, () => aReader(counted.store, { after: 1, view: seen })),
    );
    const coming = readers.map(({ take }) => take(2));
    await expect.poll(counted.pages).toBe(1);
    await Promise.all([say(store, "book.lent"), say(store, "book.returned")]);
    expect(await Promise.all(coming)).toEqual(readers.map(() => ["book.lent 2", "book.returned 3"]));
    // On PostgreSQL some may hear of the commit while others still read the page before it.
    expect(counted.pages()).toBeLessThan(10);
  });

  test("a reader never shares a page with one who asks for something else", async () => {
    const store = await aStore();
    const lent = await aReader(store, { after: 0, topic: "book.lent", view: seen });
    const all = await aReader(store, { after: 0, view: seen });
    const shouted = await aReader(store, { after: 0, view: ({ topic, id }) => `${topic.toUpperCase()} ${id}` });
    const coming = [lent.take(1), all.take(2), shouted.take(2)];
    await Promise.all([say(store, "book.read"), say(store, "book.lent")]);
    expect(await Promise.all(coming)).toEqual([
      ["book.lent 2"],
      ["book.read 1", "book.lent 2"],
      ["BOOK.READ 1", "BOOK.LENT 2"],
    ]);
  });

  test("a reader that is gone leaves nothing behind that listens", async () => {
    const store = await aStore();
    const counted = countListeners(store);
    const { next, leave } = await aReader(counted.store, { after: 0 });
    const end = next();
    await expect.poll(counted.listening).toBe(1);
    leave();
    expect(await end).toBe("the end");
    expect(counted.listening()).toBe(0);
  });
});

function countListeners(store: Store) {
  let listening = 0;
  const onCommit: Store["onCommit"] = (listener) => {
    listening += 1;
    const stop = store.onCommit(listener);
    return () => {
      listening -= 1;
      stop();
    };
  };
  return { store: { ...store, onCommit }, listening: () => listening };
}

/** How often somebody asked for a page of events. */
function countPages(store: Store) {
  let pages = 0;
  const all: Store["read"]["all"] = (sql, ...params) => {
    if (/FROM event\b/.test(sql)) pages += 1;
    return store.read.all(sql, ...params);
  };
  return { store: { ...store, read: { ...store.read, all } }, pages: () => pages };
}
