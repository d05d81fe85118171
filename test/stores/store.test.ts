import { describe, expect, test } from "vitest";
import type { Reader, Store, Tx } from "../../src/store/store.ts";
import { testClock } from "../clock.ts";
import { NOTES, note, noted, times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

onEveryStore((openStore, newPlace) => {
  describe("writing", () => {
    test("writes that wait together become durable together: a hundred callers, a few commits", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const commits = countCommits(store);
      const write = (n: number) =>
        store.write(async (tx) => {
          tx.announce(n);
          await note(tx, `note ${n}`);
        });
      await Promise.all(times(100, write));
      expect(await noted(store)).toEqual(times(100, (n) => `note ${n}`));
      expect(commits()).toBeLessThanOrEqual(2);
    });

    test("a caller that fails undoes its own changes and nobody else's", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const ends = await Promise.allSettled([
        store.write((tx) => note(tx, "before")),
        store.write(async (tx) => {
          await note(tx, "undone");
          throw new Error("mine alone");
        }),
        store.write((tx) => note(tx, "after")),
      ]);
      expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await noted(store)).toEqual(["before", "after"]);
    });

    test("a statement that breaks a rule of the tables fails its caller alone", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const ends = await Promise.allSettled([
        store.write((tx) => note(tx, "once")),
        store.write((tx) => note(tx, "once")),
        store.write((tx) => note(tx, "other")),
      ]);
      expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await noted(store)).toEqual(["once", "other"]);
    });

    test("each caller sees what those before it wrote, though nothing is committed yet", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const seen = await Promise.all(
        times(3, (n) =>
          store.write(async (tx) => {
            await note(tx, `note ${n}`);
            return (await tx.all("SELECT text FROM note")).length;
          }),
        ),
      );
      expect(seen).toEqual([1, 2, 3]);
    });

    test("readers see a write when its caller does, and not before", async () => {
      const store = await openStore({ migrations: [NOTES] });
      await store.write(async (tx) => {
        await note(tx, "in flight");
        let seen: string[] | undefined;
        void noted(store).then((texts) => {
          seen = texts;
        });
        // Kept open until the reader has been answered.
        while (!seen) await tx.get("SELECT 1 AS one");
        expect(seen).toEqual([]);
      });
      expect(await noted(store)).toEqual(["in flight"]);
    });

    test("awaiting something foreign inside a transaction is refused and leaves nothing", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const elsewhere = Promise.withResolvers<void>();
      const late: { half?: Promise<void> } = {};
      const foreign = store.write(async (tx) => {
        await note(tx, "half");
        await elsewhere.promise;
        late.half = note(tx, "other half");
        await late.half;
      });
      await expect(foreign).rejects.toThrow(/awaited something other than the transaction/);
      elsewhere.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      await expect(late.half).rejects.toThrow(/has ended/);
      expect(await noted(store)).toEqual([]);
    });

    test("a write inside a write is refused instead of waiting for itself for ever", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const nested = store.write(() => store.write((tx) => note(tx, "inner")));
      await expect(nested).rejects.toThrow(/awaited something other than the transaction/);
      await store.write((tx) => note(tx, "the queue goes on"));
      expect(await noted(store)).toContain("the queue goes on");
    });

    test("a transaction that has ended can no longer be used", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const kept: { tx?: Tx } = {};
      await store.write(async (tx) => {
        kept.tx = tx;
      });
      await expect(kept.tx?.run("INSERT INTO note(text) VALUES (?)", "late")).rejects.toThrow(/has ended/);
      await expect(kept.tx?.get("SELECT 1 AS one")).rejects.toThrow(/has ended/);
      expect(await noted(store)).toEqual([]);
    });

    test.each([
      ["too few", ["a"]],
      ["too many", ["a", "b", "c"]],
    ])("a statement with %s parameters is refused, in a transaction and outside", async (_, params) => {
      const store = await openStore({ migrations: [NOTES] });
      const select = "SELECT text FROM note WHERE text = ? OR text = ?";
      await expect(store.write((tx) => tx.all(select, ...params))).rejects.toThrow(/wants 2 parameters/);
      await expect(store.read.all(select, ...params)).rejects.toThrow(/wants 2 parameters/);
    });

    test("the time is the same throughout one transaction", async () => {
      const clock = testClock();
      const store = await openStore({ migrations: [NOTES], clock });
      const [first, second] = await store.write(async (tx) => {
        const before = tx.now();
        clock.advance(5);
        return [before, tx.now()];
      });
      expect([first, second]).toEqual([clock.now() - 5, first]);
    });

    test("a store that is closed refuses with `unavailable`, after what was waiting has been written", async () => {
      const place = await newPlace();
      const store = await place.open({ migrations: [NOTES] });
      const waiting = store.write((tx) => note(tx, "just in time"));
      await store.close();
      await waiting;
      await expect(store.write((tx) => note(tx, "too late"))).rejects.toMatchObject({ code: "unavailable" });
      await store.close();
      expect(await noted(await place.open({ migrations: [NOTES] }))).toEqual(["just in time"]);
    });
  });

  describe("independent writes that wait together", () => {
    const insert = (tx: Tx, text: string | null) =>
      tx.get<{ id: number }>("INSERT INTO note(text) VALUES (?) RETURNING id", text);
    const textOf = (read: Reader, id: number | undefined) =>
      read.get<{ text: string }>("SELECT text FROM note WHERE id = ?", id ?? null);

    test.each([
      ["quotes", `'"\\"'`],
      ["what looks like an array", "{a,b},{}"],
      ["the word NULL", "NULL"],
      ["nothing", ""],
      ["lines", "a\nb\r\n\tc"],
      ["question marks and dollars", "?$1??$$"],
      ["other alphabets", "žluťoučký kůň 🐎"],
    ])("keep their text as it is: %s", async (_, text) => {
      const store = await openStore({ migrations: [NOTES] });
      const texts = times(5, (n) => (n === 2 ? text : `${n}${text}${n}`));
      const rows = await Promise.all(texts.map((one) => store.write((tx) => insert(tx, one), { independent: true })));
      for (const [n, row] of rows.entries()) expect(await textOf(store.read, row?.id)).toEqual({ text: texts[n] });
      expect(await noted(store)).toEqual(texts);
    });

    test("what no database can hold is kept as a sign for it", async () => {
      const store = await openStore({ migrations: [NOTES] });
      await Promise.all(times(3, (n) => store.write((tx) => note(tx, `${n}\0`), { independent: true })));
      await store.write((tx) => note(tx, "alone\0"));
      expect(await noted(store)).toEqual(["0\u2400", "1\u2400", "2\u2400", "alone\u2400"]);
      expect(await store.read.get("SELECT id FROM note WHERE text = ?", "alone\0")).toEqual({ id: 4 });
    });

    test("fail alone, and only the facts of what was committed are told", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const heard: unknown[] = [];
      store.onCommit((fact) => heard.push(fact));
      const write = (text: string) =>
        store.write(
          async (tx) => {
            tx.announce(text);
            await insert(tx, text);
            if (text === "regrets") throw new Error("mine");
          },
          { independent: true },
        );
      const ends = await Promise.allSettled(["a", "once", "once", "regrets", "b"].map(write));
      expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected", "fulfilled"]);
      expect(await noted(store)).toEqual(["a", "once", "b"]);
      expect(heard).toEqual(["a", "once", "b"]);
    });

    test("read what was there, write several rows each, and all is committed together", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const commits = countCommits(store);
      await store.write((tx) => note(tx, "there"));
      const seen = await Promise.all(
        times(40, (n) =>
          store.write(
            async (tx) => {
              const row = await tx.get<{ id: number }>("SELECT id FROM note WHERE text = ?", "there");
              await Promise.all([note(tx, `${n} first`), note(tx, `${n} second`)]);
              tx.announce(n);
              return row?.id;
            },
            { independent: true },
          ),
        ),
      );
      expect(new Set(seen)).toEqual(new Set([1]));
      expect(await noted(store)).toHaveLength(81);
      expect(commits()).toBe(1);
    });

    test("stand between others in the order in which they came", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const independent = (text: string) => store.write((tx) => note(tx, text), { independent: true });
      const counted = store.write(async (tx) => (await tx.all("SELECT id FROM note")).length);
      const rest = [independent("1"), independent("2")];
      const after = store.write(async (tx) => (await tx.all("SELECT id FROM note")).length);
      expect([await counted, await after]).toEqual([0, 2]);
      await Promise.all(rest);
    });
  });

  describe("announcing", () => {
    test("facts come after the commit, in commit order, and those of one caller in their own order", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const heard: unknown[] = [];
      const visible: Promise<unknown>[] = [];
      store.onCommit((fact) => {
        heard.push(fact);
        visible.push(store.read.get("SELECT text FROM note WHERE text = ?", String(fact)));
      });
      await Promise.all(
        ["a", "b", "c"].map((name) =>
          store.write(async (tx) => {
            for (const fact of [`${name}1`, `${name}2`]) {
              tx.announce(fact);
              await note(tx, fact);
            }
            expect(heard).toEqual([]);
          }),
        ),
      );
      expect(heard).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
      expect(await Promise.all(visible)).toEqual(heard.map((text) => ({ text })));
    });

    test("what is written at the news that a transaction is about to be committed is committed with it", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const stop = store.beforeCommit((fact) => {
        if (fact === "asked") void store.write((tx) => note(tx, "answer"));
      });
      await store.write(async (tx) => {
        tx.announce("asked");
        await note(tx, "question");
      });
      expect(await noted(store)).toEqual(["question", "answer"]);
      stop();
      await store.write(async (tx) => tx.announce("asked"));
      expect(await noted(store)).toEqual(["question", "answer"]);
    });

    test("a failed transaction announces nothing, and who has stopped listening hears nothing", async () => {
      const store = await openStore({ migrations: [NOTES] });
      const heard: unknown[] = [];
      const stop = store.onCommit((fact) => heard.push(fact));
      const failing = store.write(async (tx) => {
        tx.announce("never");
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      await store.write(async (tx) => tx.announce("heard"));
      stop();
      await store.write(async (tx) => tx.announce("not listened to"));
      expect(heard).toEqual(["heard"]);
    });
  });
});

/** How many times the event loop delivered commits: facts of one commit come without a turn between them. */
function countCommits(store: Store): () => number {
  let commits = 0;
  let within = false;
  store.onCommit(() => {
    if (within) return;
    within = true;
    commits++;
    setImmediate(() => {
      within = false;
    });
  });
  return () => commits;
}
