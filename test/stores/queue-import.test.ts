import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { importQueue } from "../../src/task/queue-import.store.ts";
import { readSprintQueue } from "../../src/task/sprint-queue/read.ts";
import { countTasks } from "../../src/task/task-list.store.ts";
import { anAgent } from "../builders.ts";
import { type Desk, type DeskOptions, openDesk } from "./desk.ts";
import { brokenLaws } from "./laws.ts";
import { onEveryStore } from "./on-every-store.ts";

/** Real queues lie beside the repository because they are not ours to publish. */
const REAL = new URL("../../../shared/fixtures/", import.meta.url);
const OURS = new URL("../fixtures/queues/", import.meta.url);
const EXAMPLES = new URL("../../examples/", import.meta.url);

const FILES: readonly URL[] = [
  new URL("sprint-queue-current.json", REAL),
  new URL("sprint-queue-backup.json", REAL),
  new URL("sprint-queue.json", EXAMPLES),
  ...readdirSync(OURS)
    .filter((name) => name.endsWith(".json"))
    .map((name) => new URL(name, OURS)),
];

const ROLES = ["planner", "builder", "tester", "refiner", "integrator"] as const;

/** Every role has an agent, and what limits it is the queue's own word. */
const STAFFED: DeskOptions = {
  agents: { worker: anAgent() },
  roles: Object.fromEntries(ROLES.map((role) => [role, { agent: "worker" }])),
};

onEveryStore((openStore) => {
  describe("what the dry run calls claimable is what is claimed", () => {
    test.for(FILES.map((url) => [url.pathname.split("/").at(-1) ?? "", url] as const))("%s", async ([_, url], {
      skip,
    }) => {
      skip(!existsSync(url), `${url.pathname.split("/").slice(-2).join("/")} is not there`);
      const desk = await openDesk(openStore, STAFFED);
      const text = readFileSync(url, "utf8");
      const foretold = await desk.call("queue.import", { text, dryRun: true });
      expect((await countTasks(desk.store.read)).queued).toBe(0);
      const report = await desk.call("queue.import", { text });
      expect(report).toEqual({ ...foretold, dryRun: false });
      expect(await claimedKeys(desk)).toEqual(foretold.claimable);
      expect(await laws(desk, text)).toEqual([]);
    });

    test("also while somebody elsewhere holds a live lease, which takes a place of its role", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const text = queue([
        { id: "held", status: "in_progress", lease: leaseOf(desk, 90) },
        { id: "first", status: "ready", priority: 2 },
        { id: "second", status: "ready", priority: 3 },
      ]);
      const { claimable } = await desk.call("queue.import", { text });
      expect(await claimedKeys(desk)).toEqual(claimable);
    });
  });

  describe("a queue in the store", () => {
    test("has its tasks under their own ids, with priorities turned round and everything that they said", async () => {
      const desk = await openDesk(openStore);
      const text = queue([{ id: "P1-B1", title: "Build it", status: "ready", priority: 3, colour: "red" }]);
      await desk.call("queue.import", { text, file: "sprint.json" });
      expect(await desk.task("P1-B1")).toMatchObject({
        state: "queued",
        title: "Build it",
        role: "builder",
        priority: 97,
        submitted_by: "person:ada",
      });
      const kept = await desk.store.read.get<{ imported: string; file: string; header: string }>(
        "SELECT imported, file, header FROM task_detail JOIN imported_queue i ON i.id = import_id",
      );
      expect(JSON.parse(kept?.imported ?? "null").fields).toMatchObject({ colour: "red" });
      expect(kept?.file).toBe("sprint.json");
      expect(JSON.parse(kept?.header ?? "null").header).toMatchObject({ sprint_id: "SPRINT-1" });
    });

    test("sets the WIP limits of its roles, and the settings keep the last word", async () => {
      const desk = await openDesk(openStore, { roles: { builder: { agent: "worker", wipLimit: 1 } } });
      await desk.call("queue.import", { text: queue([], { wip_limits: { builder: 5, tester: 2 } }) });
      await desk.catalog.renewed();
      const roles = desk.catalog.current().rolesOf(1);
      expect([roles.get("builder")?.body.wipLimit, roles.get("tester")?.body.wipLimit]).toEqual([1, 2]);
    });

    test("lets a nested plan run to its end: steps unblock each other, their parent rolls up, the next story goes", async () => {
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", { text: readFileSync(new URL("nested.json", OURS), "utf8") });
      const order: string[] = [];
      for (let claim = await desk.claim(); claim; claim = await desk.claim()) {
        order.push(claim.task.key ?? "");
        await desk.settle(claim.run);
      }
      expect(order.indexOf("S1-B01")).toBeLessThan(order.indexOf("S1-T01"));
      expect(order.at(-1)).toBe("S2");
      expect(order).not.toContain("S1");
      expect(await desk.call("task.stats", {})).toMatchObject({ total: 6, completed: 6 });
    });

    test("a task on which somebody elsewhere holds a lease is parked until that ends, and then anybody's", async () => {
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", {
        text: queue([{ id: "held", status: "in_progress", lease: leaseOf(desk, 90) }]),
      });
      expect(await desk.task("held")).toMatchObject({
        state: "parked",
        parked_reason: "person",
        parked_until: desk.clock.now() + 90 * 60_000,
      });
      expect(await desk.claim()).toBeUndefined();
      desk.clock.advance(90 * 60_000);
      expect((await desk.claim())?.task.key).toBe("held");
    });

    test("a parent on which somebody holds a lease waits for its children afterwards, and is run by nobody", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const child = { id: "P-B1", status: "needs_manual" };
      await desk.call("queue.import", {
        text: queue([{ id: "P", status: "blocked", lease: leaseOf(desk, 10), subtasks: [child] }]),
      });
      expect(await desk.state("P")).toBe("parked");
      desk.clock.advance(10 * 60_000);
      expect(await desk.claim()).toBeUndefined();
      expect(await desk.state("P")).toBe("blocked");
    });

    test("a stale lease keeps nobody from an orphan", async () => {
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", {
        text: queue([{ id: "orphan", status: "testing", lease: leaseOf(desk, -1) }]),
      });
      expect((await desk.claim())?.task).toMatchObject({ key: "orphan", role: "tester" });
    });
  });

  test("however many needs its tasks have, few statements are asked at once, so that others have their turn", async () => {
    const desk = await openDesk(openStore);
    const keys = Array.from({ length: 120 }, (_, n) => `t${n}`);
    const text = queue(keys.map((id, n) => ({ id, status: "ready", dependencies: keys.slice(0, n) })));
    const read = readSprintQueue(text, { now: desk.clock.now() });
    const options = { projectId: 1, cwd: null, file: "sprint.json", actor: "person:ada" };
    let [asked, most] = [0, 0];
    await desk.store.write((tx) => {
      const run: typeof tx.run = (...statement) => {
        most = Math.max(most, ++asked);
        return tx.run(...statement).finally(() => asked--);
      };
      return importQueue({ ...tx, run }, read, options);
    });
    expect(await desk.store.read.get("SELECT count(*) AS needs FROM need")).toEqual({ needs: (120 * 119) / 2 });
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThan(1000);
  });

  describe("importing again", () => {
    test("skips what is there, whatever has become of it, and adds what is new", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const [a, b] = [
        { id: "A", status: "ready" },
        { id: "B", status: "ready", dependencies: ["A"] },
      ];
      await desk.call("queue.import", { text: queue([a]) });
      await desk.run(await desk.task("A"));
      expect(await desk.call("queue.import", { text: queue([a, b]) })).toMatchObject({ created: 1, skipped: ["A"] });
      expect([await desk.state("A"), await desk.state("B")]).toEqual(["completed", "queued"]);
    });

    test("the same file changes nothing at all", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const text = readFileSync(new URL("nested.json", OURS), "utf8");
      await desk.call("queue.import", { text });
      const everything = async () =>
        Promise.all(
          ["task", "task_detail", "need", "definition", "imported_queue", "event"].map((table) =>
            desk.store.read.all(`SELECT * FROM ${table}`),
          ),
        );
      const before = await everything();
      expect(await desk.call("queue.import", { text })).toMatchObject({ created: 0 });
      expect(await everything()).toEqual(before);
    });

    test("a new child of a known parent is waited for", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const parent = (...ids: string[]) => ({
        id: "P",
        status: "planning_complete",
        subtasks: ids.map((id) => ({ id, status: "ready" })),
      });
      await desk.call("queue.import", { text: queue([parent("P-B1")]) });
      await desk.call("queue.import", { text: queue([parent("P-B1", "P-B2")]) });
      await desk.run(await desk.task("P-B1"));
      expect(await desk.task("P")).toMatchObject({ state: "blocked", open_children: 1 });
      await desk.run(await desk.task("P-B2"));
      expect(await desk.state("P")).toBe("completed");
    });

    test("what was completed here meanwhile counts for new tasks, through parents and in any order of the file", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const known = { id: "K", status: "ready" };
      await desk.call("queue.import", { text: queue([known]) });
      await desk.run(await desk.task("K"));
      const text = queue([
        known,
        { id: "Z-B1", status: "blocked", dependencies: ["P"] },
        {
          id: "TOP",
          status: "planning_complete",
          subtasks: [
            {
              id: "P",
              status: "planning_complete",
              dependencies: ["K"],
              subtasks: [{ id: "P-B1", status: "done" }],
            },
          ],
        },
      ]);
      await desk.call("queue.import", { text });
      expect(await laws(desk, text)).toEqual([]);
      expect([await desk.state("P"), await desk.state("TOP"), await desk.state("Z-B1")]).toEqual([
        "completed",
        "completed",
        "queued",
      ]);
    });

    test.each([
      ["a task that somebody submitted", async (desk: Desk) => void (await desk.submit({ key: "A" }))],
      [
        "a task of another sprint",
        async (desk: Desk) =>
          void (await desk.call("queue.import", { text: queue([{ id: "A" }], { sprint_id: "OTHER" }) })),
      ],
    ])("refuses with conflict when a key belongs to %s, and imports nothing", async (_, occupy) => {
      const desk = await openDesk(openStore, STAFFED);
      await occupy(desk);
      const before = await countTasks(desk.store.read);
      for (const dryRun of [true, false]) {
        const refused = desk.call("queue.import", { text: queue([{ id: "A" }, { id: "B", status: "ready" }]), dryRun });
        await expect(refused).rejects.toMatchObject({ code: "conflict", data: { keys: ["A"] } });
      }
      expect(await countTasks(desk.store.read)).toEqual(before);
    });
  });
});

function queue(tasks: readonly Readonly<Record<string, unknown>>[], rest: Readonly<Record<string, unknown>> = {}) {
  return JSON.stringify({
    sprint_id: "SPRINT-1",
    wip_limits: { planner: 2, builder: 2, tester: 2 },
    ...rest,
    tasks: tasks.map((task) => ({ title: task.id, priority: 1, ...task })),
  });
}

/** A lease that ends that many minutes from now; a negative number has ended. */
function leaseOf(desk: Desk, minutes: number) {
  const beat = new Date(desk.clock.now() + (minutes - 90) * 60_000).toISOString();
  return { owner: "elsewhere", acquired: beat, ttl: 5400, last_heartbeat: beat };
}

/** By role, in the order in which they were claimed; nothing is settled meanwhile. */
async function claimedKeys(desk: Desk): Promise<Record<string, string[]>> {
  const claims = await desk.claimAll();
  const byRole = Map.groupBy(claims, ({ task }) => task.role);
  return Object.fromEntries([...byRole].map(([role, claimed]) => [role, claimed.map(({ task }) => task.key ?? "")]));
}

function laws(desk: Desk, text: string): Promise<string[]> {
  const now = desk.clock.now();
  return brokenLaws(desk.store, { maxRuns: 1000, wipLimits: readSprintQueue(text, { now }).wipLimits, now });
}
