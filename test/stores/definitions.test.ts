import { describe, expect, test } from "vitest";
import { markUnhealthy } from "../../src/agent/agent.store.ts";
import { openCatalog } from "../../src/agent/catalog.ts";
import { subscribe } from "../../src/event/event.store.ts";
import { applyDefinitions, currentDefinitions, type Declared } from "../../src/project/definition.store.ts";
import type { DefinitionSource } from "../../src/project/definition.ts";
import type { Store } from "../../src/store/store.ts";
import { anAgent } from "../builders.ts";
import { onEveryStore } from "./on-every-store.ts";

const builder = (body: Declared["body"]): Declared => ({ kind: "role", name: "builder", body });

onEveryStore((openStore) => {
  describe("a definition's version", () => {
    test("grows when it says something else, and only then", async () => {
      const store = await openStore();
      expect(await apply(store, "settings", [builder({ wipLimit: 1 })])).toEqual(["role builder"]);
      expect(await apply(store, "settings", [builder({ wipLimit: 1 })])).toEqual([]);
      expect(await apply(store, "settings", [builder({ wipLimit: 2 })])).toEqual(["role builder"]);
      expect(await rolesNow(store)).toEqual({ builder: [2, { wipLimit: 2 }] });
    });

    test("is kept for good, with who changed it and when", async () => {
      const store = await openStore();
      for (const wipLimit of [1, 2, 1]) await apply(store, "settings", [builder({ wipLimit })]);
      const versions = await store.read.all("SELECT version, body FROM definition ORDER BY version");
      expect(versions).toEqual(
        [1, 2, 1].map((wipLimit, n) => ({ version: n + 1, body: JSON.stringify({ wipLimit }) })),
      );
      const events = await store.read.all<{ data: string }>(
        "SELECT data FROM event WHERE topic = 'definition.changed'",
      );
      expect(events.map(({ data }) => JSON.parse(data).version)).toEqual([1, 2, 3]);
    });

    test("goes on counting when it comes back after it was taken away", async () => {
      const store = await openStore();
      await apply(store, "settings", [builder({ wipLimit: 1 })]);
      await apply(store, "settings", []);
      await apply(store, "settings", [builder({ wipLimit: 1 })]);
      expect(await rolesNow(store)).toEqual({ builder: [3, { wipLimit: 1 }] });
    });

    test("grows whichever source changes, and never falls back: one number means one body", async () => {
      const store = await openStore();
      const seen: number[] = [];
      const look = async () => seen.push((await rolesNow(store)).builder?.[0] ?? 0);
      for (const wipLimit of [1, 2, 3]) await apply(store, "queue", [builder({ wipLimit })]);
      await look();
      await apply(store, "settings", [builder({ agent: "shell" })]);
      await look();
      await apply(store, "settings", [builder({ agent: "claude" })]);
      await look();
      await apply(store, "settings", []);
      await look();
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    });
  });

  test("an agent that was taken away is unhealthy no more, and is again when it comes back as it was", async () => {
    const store = await openStore();
    const agent: Declared = { kind: "agent", name: "bad", body: anAgent() };
    await apply(store, "settings", [agent]);
    await store.write((tx) => markUnhealthy(tx, "bad", "not logged in"));
    const catalog = await openCatalog(store, () => {});
    const unhealthyAfter = async (declared: Declared[]) => {
      await apply(store, "settings", declared);
      await catalog.renewed();
      return [...catalog.current().unhealthy];
    };
    expect(await unhealthyAfter([agent])).toEqual([["bad", "not logged in"]]);
    expect(await unhealthyAfter([])).toEqual([]);
    expect(await unhealthyAfter([agent])).toEqual([["bad", "not logged in"]]);
    catalog.stop();
  });

  describe("two sources", () => {
    test("settings win over a queue field by field", async () => {
      const store = await openStore();
      await apply(store, "settings", [builder({ agent: "shell", attempts: 2 })]);
      await apply(store, "queue", [builder({ wipLimit: 4, attempts: 9 })]);
      expect((await rolesNow(store)).builder?.[1]).toEqual({ agent: "shell", attempts: 2, wipLimit: 4 });
    });

    test("what settings take back leaves what the queue said", async () => {
      const store = await openStore();
      await apply(store, "queue", [builder({ wipLimit: 4 })]);
      await apply(store, "settings", [builder({ wipLimit: 1 })]);
      await apply(store, "settings", []);
      expect((await rolesNow(store)).builder?.[1]).toEqual({ wipLimit: 4 });
    });

    test("a queue that names fewer roles takes none of them back", async () => {
      const store = await openStore();
      await apply(store, "queue", [builder({ wipLimit: 4 })]);
      await apply(store, "queue", [{ kind: "role", name: "tester", body: { wipLimit: 2 } }]);
      expect(Object.keys(await rolesNow(store))).toEqual(["builder", "tester"]);
    });
  });

  describe("taken back", () => {
    test("a definition that is no longer declared disappears, and that is told once", async () => {
      const store = await openStore();
      await apply(store, "settings", [builder({ wipLimit: 1 }), { kind: "role", name: "tester", body: {} }]);
      expect(await apply(store, "settings", [{ kind: "role", name: "tester", body: {} }])).toEqual(["role builder"]);
      expect(await apply(store, "settings", [{ kind: "role", name: "tester", body: {} }])).toEqual([]);
      expect(await rolesNow(store)).toEqual({ tester: [1, {}] });
    });

    test("an agent and a role of the same name are two definitions", async () => {
      const store = await openStore();
      const both: Declared[] = [
        { kind: "agent", name: "builder", body: { ...anAgent() } },
        { kind: "role", name: "builder", body: {} },
      ];
      await apply(store, "settings", both);
      await apply(store, "settings", both.slice(1));
      expect((await currentDefinitions(store.read, 1)).map(({ kind }) => kind)).toEqual(["role"]);
    });
  });

  describe("the catalogue", () => {
    test("shows what holds now, and is renewed before it tells that it was", async () => {
      const store = await openStore();
      await apply(store, "settings", [builder({ wipLimit: 1 })]);
      const shown: unknown[] = [];
      const catalog = await openCatalog(store, () => shown.push(catalog.current().role(1, "builder")));
      expect(catalog.current().role(1, "builder")).toEqual({ name: "builder", version: 1, body: { wipLimit: 1 } });
      await apply(store, "settings", [builder({ wipLimit: 2 })]);
      await catalog.renewed();
      expect(shown).toEqual([{ name: "builder", version: 2, body: { wipLimit: 2 } }]);
      catalog.stop();
      await apply(store, "settings", [builder({ wipLimit: 3 })]);
      await catalog.renewed();
      expect(shown).toHaveLength(1);
    });

    test("that could not be read once is read again at the next change", async () => {
      const store = await openStore();
      const trouble = { is: false };
      const shaky: Store = {
        ...store,
        read: {
          ...store.read,
          all: (sql, ...params) => (trouble.is ? Promise.reject(new Error("locked")) : store.read.all(sql, ...params)),
        },
      };
      const catalog = await openCatalog(shaky, () => {});
      trouble.is = true;
      await apply(store, "settings", [builder({ wipLimit: 1 })]);
      await catalog.renewed().catch(() => {});
      trouble.is = false;
      await apply(store, "settings", [builder({ wipLimit: 2 })]);
      await catalog.renewed();
      expect(catalog.current().role(1, "builder")?.body).toEqual({ wipLimit: 2 });
      catalog.stop();
    });

    test("what changed is told after the commit and by its topic", async () => {
      const store = await openStore();
      const topics: string[] = [];
      const stop = subscribe(store, ({ topic }) => topics.push(topic));
      await apply(store, "settings", [builder({})]);
      stop();
      expect(topics).toEqual(["definition.changed"]);
    });
  });
});

/** Settings say everything that they say; a queue only adds. */
function apply(store: Store, source: DefinitionSource, declared: readonly Declared[]): Promise<string[]> {
  const complete = source === "settings";
  return store.write((tx) => applyDefinitions(tx, { projectId: 1, source, declared, actor: "person:ada", complete }));
}

async function rolesNow(store: Store): Promise<Record<string, [version: number, body: unknown]>> {
  const roles = (await currentDefinitions(store.read, 1)).filter(({ kind }) => kind === "role");
  return Object.fromEntries(roles.map(({ name, version, body }) => [name, [version, body]]));
}
