/** What only PostgreSQL can do to a store: connections that break, daemons that write at once, servers that say no. */
import pg from "pg";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openPostgres, type PostgresOptions } from "../../src/store/postgres.ts";
import { DEADLINES } from "../../src/store/postgres-connection.ts";
import { TURN } from "../../src/store/postgres-writer.ts";
import { type Migration, type Store, StoreUnusable } from "../../src/store/store.ts";
import { migrations } from "../../src/tables.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { lossyProxy } from "./lossy-proxy.ts";
import { NOTES, note, noted, times } from "./notes.ts";
import { newDatabase, postgres, removeDatabase } from "./postgres-place.ts";

const SECOND: Migration = { name: "notes/2", up: () => ["ALTER TABLE note ADD COLUMN colour TEXT"] };
const BROKEN: Migration = { name: "notes/3", up: () => ["CREATE TABLE half (id INTEGER)", "CREATE NONSENSE"] };

describe.skipIf(postgres.unavailable !== undefined)(`PostgreSQL ${postgres.unavailable ?? ""}`, () => {
  let url: string;
  const opened: Store[] = [];
  const open = async (options: Partial<PostgresOptions> = {}) => {
    const store = await openPostgres({ url, migrations: [NOTES], ...options });
    opened.push(store);
    return store;
  };
  beforeEach(async () => {
    url = await newDatabase();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await removeDatabase(url);
  });
  /** A session beside the store's own. */
  async function beside<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  const endSessions = (which: string) =>
    beside((client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'steward' AND ${which}`,
      ),
    );

  describe("opening", () => {
    test("what a store lacks is added, and a newer one is refused and left as it is", async () => {
      await (await open()).write((tx) => note(tx, "kept"));
      const newer = await open({ migrations: [NOTES, SECOND] });
      expect(await newer.read.all("SELECT text, colour FROM note")).toEqual([{ text: "kept", colour: null }]);
      const refused = open();
      await expect(refused).rejects.toThrow(StoreUnusable);
      await expect(refused).rejects.toMatchObject({ message: expect.stringContaining("notes/2") });
    });

    test("a migration that fails leaves nothing of itself, nor of those before it", async () => {
      await open();
      await expect(open({ migrations: [NOTES, SECOND, BROKEN] })).rejects.toThrow(/NONSENSE/);
      const store = await open();
      expect(await store.read.all("SELECT name FROM schema_migration")).toEqual([{ name: "notes/1" }]);
      expect(await store.read.get("SELECT to_regclass('half') AS half")).toEqual({ half: null });
    });

    test("twenty daemons that migrate at once make the tables once", async () => {
      await Promise.all(times(20, () => open({ migrations })));
      const counted = await opened[0]?.read.get("SELECT count(*) AS n FROM schema_migration");
      expect(counted).toEqual({ n: migrations.length });
    });

    test("somebody else's database is refused and not touched", async () => {
      await beside((client) => client.query("CREATE TABLE theirs (id INTEGER)"));
      await expect(open()).rejects.toThrow(/has a table "theirs"/);
      expect(
        await beside(async (client) => (await client.query("SELECT to_regclass('schema_migration') AS ours")).rows),
      ).toEqual([{ ours: null }]);
    });

    test("a database that keeps other text than UTF-8 is refused", async () => {
      await beside((client) => client.query("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"));
      try {
        const other = url.replace(/steward_[0-9a-f]+/, "latin");
        await expect(open({ url: other })).rejects.toThrow(/keeps its text as LATIN1/);
      } finally {
        await beside((client) => client.query("DROP DATABASE latin WITH (FORCE)"));
      }
    });

    test("one that cannot be reached is told with what to do, and without its password", async () => {
      const refused = open({ url: "postgres://ada:s3cr3t@localhost:1/none" });
      await expect(refused).rejects.toThrow(StoreUnusable);
      await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining("s3cr3t") });
    });
  });

  describe("several daemons on one database", () => {
    test("take turns: what one reads and then writes is never written in between by another", async () => {
      const stores = await Promise.all(times(4, () => open()));
      await stores[0]?.write((tx) => note(tx, "0"));
      const addOne = (store: Store) =>
        store.write(async (tx) => {
          const row = await tx.get<{ text: string }>("SELECT text FROM note");
          await tx.run("UPDATE note SET text = ?", String(Number(row?.text) + 1));
        });
      await Promise.all(stores.flatMap((store) => times(50, () => addOne(store))));
      expect(await noted(stores[0] as Store)).toEqual(["200"]);
    });

    test("number their rows in the order of their commits: a reader never sees a gap filled later", async () => {
      const stores = await Promise.all(times(3, () => open()));
      let isOver = false;
      const reading = (async () => {
        const seen: number[] = [];
        while (!isOver || seen.length < 300) {
          const after = seen.at(-1) ?? 0;
          const rows = await (stores[0] as Store).read.all<{ id: number }>(
            "SELECT id FROM note WHERE id > ? ORDER BY id",
            after,
          );
          seen.push(...rows.map(({ id }) => id));
        }
        return seen;
      })();
      await Promise.all(stores.flatMap((store, at) => times(100, (n) => store.write((tx) => note(tx, `${at}-${n}`)))));
      isOver = true;
      expect(await reading).toHaveLength(300);
    });

    test("one that stands still in the middle of a write loses its turn, and the others go on", async () => {
      const store = await open();
      const frozen = new pg.Client({ connectionString: url });
      frozen.on("error", () => {});
      await frozen.connect();
      await frozen.query("SET idle_in_transaction_session_timeout = 300");
      await frozen.query(`BEGIN; SELECT pg_advisory_xact_lock(${TURN})`);
      await store.write((tx) => note(tx, "after it"));
      expect(await noted(store)).toEqual(["after it"]);
      await frozen.end().catch(() => {});
    });

    test("whoever waits too long for its turn is told so as `unavailable`", async () => {
      const store = await open({ deadlines: { ...DEADLINES, lockMs: 100 } });
      await beside(async (client) => {
        await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${TURN})`);
        await expect(store.write((tx) => note(tx, "no"))).rejects.toMatchObject({
          code: "unavailable",
          message: expect.stringContaining("another daemon"),
        });
        await client.query("ROLLBACK");
      });
      await store.write((tx) => note(tx, "yes"));
      expect(await noted(store)).toEqual(["yes"]);
    });
  });

  describe("trouble while it is open", () => {
    test("connections that break while nothing is under way cost nobody anything", async () => {
      const store = await open();
      await store.write((tx) => note(tx, "before"));
      expect(await noted(store)).toEqual(["before"]);
      await endSessions("TRUE");
      await store.write((tx) => note(tx, "after"));
      expect(await noted(store)).toEqual(["before", "after"]);
    });

    test("a connection that breaks in the middle refuses everybody in the batch with `unavailable`, and the next are served", async () => {
      const store = await open();
      const ends = await Promise.allSettled([
        store.write((tx) => note(tx, "first")),
        store.write(async (tx) => {
          await tx.get("SELECT pg_terminate_backend(pg_backend_pid())");
        }),
        store.write((tx) => note(tx, "third")),
      ]);
      for (const end of ends) {
        expect(end).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
      }
      await store.write((tx) => note(tx, "later"));
      expect(await noted(store)).toEqual(["later"]);
    });

    describe("a commit whose answer is lost", () => {
      const through = async () => {
        const proxy = await lossyProxy(url);
        onTestFinished(() => proxy.end());
        const store = await open({ url: proxy.url });
        const facts: unknown[] = [];
        store.onCommit((fact) => facts.push(fact));
        const write = (text: string) =>
          store.write(async (tx) => {
            await note(tx, text);
            tx.announce(text);
          });
        return { proxy, store, facts, write };
      };

      test("is asked after: who was committed is told so, and its facts with it", async () => {
        const { proxy, store, facts, write } = await through();
        proxy.loseNextCommit();
        await write("lost on the way");
        expect(facts).toEqual(["lost on the way"]);
        expect(await noted(store)).toEqual(["lost on the way"]);
      });

      test("is told as unknown when nobody can be asked; its facts come when it is known, before those of the next", async () => {
        const { proxy, store, facts, write } = await through();
        proxy.open(false);
        proxy.loseNextCommit();
        await expect(write("lost on the way")).rejects.toMatchObject({
          code: "unavailable",
          data: { outcome: "unknown" },
        });
        expect(facts).toEqual([]);
        proxy.open(true);
        await eventually("it is back", () =>
          write("next").then(
            () => true,
            () => false,
          ),
        );
        expect(facts).toEqual(["lost on the way", "next"]);
        expect(await noted(store)).toEqual(["lost on the way", "next"]);
      });

      test("that never happened changes nothing and says so", async () => {
        const { store, facts, write } = await through();
        await beside((client) =>
          client.query(`
            CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER leaves AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW WHEN (NEW.text = 'never') EXECUTE FUNCTION leave()`),
        );
        await expect(write("never")).rejects.toMatchObject({
          code: "unavailable",
          hint: expect.stringContaining("Nothing was changed"),
        });
        expect([facts, await noted(store)]).toEqual([[], []]);
      });
    });

    test("a server that may only be read refuses writes as `unavailable`, and takes them when it may be written again", async () => {
      const store = await open();
      const name = new URL(url).pathname.slice(1);
      await beside((client) => client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`));
      await endSessions("TRUE");
      await expect(store.write((tx) => note(tx, "no"))).rejects.toMatchObject({
        code: "unavailable",
        message: "The store is read-only.",
      });
      await beside(async (client) => {
        await client.query("SET default_transaction_read_only = off");
        await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      });
      await eventually("it may be written again", () =>
        store
          .write((tx) => note(tx, "yes"))
          .then(
            () => true,
            () => false,
          ),
      );
    });

    test("a statement that takes too long is `unavailable`, and fails its caller alone", async () => {
      const store = await open({ deadlines: { ...DEADLINES, statementMs: 100 } });
      const slow = store.write(async (tx) => {
        await tx.get("SELECT pg_sleep(10)");
      });
      const other = store.write((tx) => note(tx, "fine"));
      await expect(slow).rejects.toMatchObject({ code: "unavailable" });
      await other;
    });

    test("a statement that failed and whose failure was swallowed fails its caller, and nobody else", async () => {
      const store = await open();
      const swallows = store.write(async (tx) => {
        await note(tx, "half");
        await tx.run("INSERT INTO note(text) VALUES (NULL)").catch(() => {});
      });
      const other = store.write((tx) => note(tx, "fine"));
      await expect(swallows).rejects.toThrow(/null value/);
      await other;
      expect(await noted(store)).toEqual(["fine"]);
    });
  });
});
