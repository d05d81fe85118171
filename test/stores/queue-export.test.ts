import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/core/refusal.ts";
import { anAgent } from "../builders.ts";
import { anyQueue } from "../fixtures/queues/any-queue.ts";
import { damaged } from "../fixtures/queues/damaged.ts";
import { type Desk, type DeskOptions, openDesk } from "./desk.ts";
import { onEveryStore } from "./on-every-store.ts";

/** Real queues lie beside the repository because they are not ours to publish. */
const REAL = new URL("../../../shared/fixtures/", import.meta.url);
const OURS = new URL("../fixtures/queues/", import.meta.url);
const FILES: readonly URL[] = [
  new URL("sprint-queue-current.json", REAL),
  new URL("sprint-queue-backup.json", REAL),
  new URL("../../examples/sprint-queue.json", import.meta.url),
  ...readdirSync(OURS)
    .filter((name) => name.endsWith(".json"))
    .map((name) => new URL(name, OURS)),
];

const ROLES = ["planner", "builder", "tester", "refiner", "integrator"] as const;

const STAFFED: DeskOptions = {
  agents: { worker: anAgent() },
  roles: Object.fromEntries(ROLES.map((role) => [role, { agent: "worker" }])),
};

/** As the seed has it: each role hands its tasks to the next. */
const IN_TURNS: DeskOptions = {
  agents: { worker: anAgent() },
  roles: {
    planner: { agent: "worker", next: { completed: "builder" } },
    builder: { agent: "worker", next: { completed: "tester", failed: "refiner" }, attempts: 1 },
    tester: { agent: "worker", next: { completed: "integrator", failed: "refiner" }, attempts: 1 },
    refiner: { agent: "worker", next: { completed: "builder" }, attempts: 1 },
    integrator: { agent: "worker", next: { failed: "refiner" }, attempts: 1 },
  },
};

onEveryStore((openStore) => {
  describe("a queue with which nothing was done", () => {
    test.for(
      FILES.map((url) => [url.pathname.split("/").at(-1) ?? "", url] as const),
    )("%s comes back as it came", async ([name, url], { skip }) => {
      skip(!existsSync(url), `${url.pathname.split("/").slice(-2).join("/")} is not there`);
      const text = readFileSync(url, "utf8");
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", { text });
      const exported = await exportOf(desk);
      expect(exported).toMatchObject({ changed: [], added: [] });
      expect(JSON.parse(exported.text)).toEqual(JSON.parse(text));
      // What Python's json.dump wrote comes back to the byte.
      if (name === "sprint-queue-current.json" || name === "sprint-queue-backup.json") expect(exported.text).toBe(text);
    });

    test("comes back with its fields in their order, whatever was in it", { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(anyQueue, async (value) => {
          const text = JSON.stringify(value);
          const desk = await openDesk(openStore, STAFFED);
          await desk.call("queue.import", { text });
          expect((await exportOf(desk)).text).toBe(JSON.stringify(JSON.parse(text)));
        }),
        { numRuns: 15 },
      );
    });

    test("comes back whole when it is damaged, or was refused", { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(damaged, async (text) => {
          const desk = await openDesk(openStore, STAFFED);
          const imported = await desk.call("queue.import", { text }).catch((error) => error);
          if (imported instanceof Refusal) return;
          expect(JSON.parse((await exportOf(desk)).text)).toEqual(JSON.parse(text));
        }),
        { numRuns: 20 },
      );
    });

    test("comes back with numbers, characters and escapes as they were written", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const text =
        '{\n\t"sprint_id": "S",\n\t"tasks": [\n\t\t{\n\t\t\t"id": "A",\n\t\t\t"title": "Größe → 🚤",\n\t\t\t"status": "ready",\n\t\t\t"x": [1.0, -0, 1e3, 12345678901234567890, 0.10]\n\t\t}\n\t],\n\t"v": 2.0\n}';
      await desk.call("queue.import", { text });
      expect((await exportOf(desk)).text.replace(/\[\s+1\.0.*?\]/s, "[1.0, -0, 1e3, 12345678901234567890, 0.10]")).toBe(
        text,
      );
    });
  });

  describe("after work", () => {
    test("a status says where each task stands, with its agent and its times in UTC", async () => {
      const desk = await openDesk(openStore, IN_TURNS);
      await desk.call("queue.import", {
        text: queue([
          { id: "A", type: "Build", status: "ready", agent: null, lease: null },
          { id: "B", type: "Build", status: "blocked", dependencies: ["A"] },
        ]),
      });
      const seen: unknown[] = [];
      for (let step = 0; step < 3; step++) {
        const claimed = await desk.claim();
        if (!claimed) break;
        seen.push((await entry(desk, "A")).status, (await entry(desk, "A")).agent);
        desk.clock.advance(60_000);
        await desk.settle(claimed.run);
        seen.push((await entry(desk, "A")).status);
      }
      expect(seen).toEqual([
        ...["in_progress", "builder", "awaiting_test", "testing", "tester", "ready_for_integrator"],
        ...["integrating", "integrator", "done"],
      ]);
      const begun = desk.clock.now() - 3 * 60_000;
      const at = (minutes: number) => new Date(begun + minutes * 60_000).toISOString();
      expect(await entry(desk, "A")).toMatchObject({
        agent: null,
        lease: null,
        assigned_to_builder: at(0),
        assigned_to_tester: at(1),
        assigned_to_integrator: at(2),
        completed: at(3),
      });
      expect(await entry(desk, "B")).toMatchObject({ status: "ready", dependencies: ["A"] });
    });

    test("the word for done is the file's, and what was not touched keeps its own words", async () => {
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", {
        text: queue([
          { id: "A", type: "Build", status: "completed" },
          { id: "B", type: "Build", status: "In Progress", odd: { "7": 1 } },
          { id: "C", type: "Build", status: "planning", priority: 9 },
        ]),
      });
      await desk.run(await desk.task("B"));
      expect((await entries(desk)).map(({ status }) => status)).toEqual(["completed", "completed", "planning"]);
      expect(await entry(desk, "B")).toMatchObject({ odd: { "7": 1 } });
    });

    test("what waits for a person is blocked with its reason, and without it again once it was resumed", async () => {
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", {
        text: queue([{ id: "A", type: "Build", status: "blocked", blocked_reason: "which licence?" }]),
      });
      expect(await entry(desk, "A")).toMatchObject({ status: "blocked", blocked_reason: "which licence?" });
      await desk.resume(await desk.task("A"), "MIT");
      expect(await entry(desk, "A")).toMatchObject({ status: "ready", blocked_reason: null });
    });

    test("cancelled, failed and tried again: each says so, and a retry is still the same task", async () => {
      const desk = await openDesk(openStore, {
        ...STAFFED,
        roles: { builder: { agent: "worker", attempts: 1, wipLimit: 9 } },
      });
      const text = queue([
        { id: "A", type: "Build", status: "ready" },
        { id: "B", type: "Build", status: "ready", priority: 2 },
        { id: "C", type: "Build", status: "blocked", dependencies: ["B"] },
      ]);
      await desk.call("queue.import", { text });
      await desk.cancel(await desk.task("A"));
      await desk.run(await desk.task("B"), { exit: 1 });
      expect(await entry(desk, "A")).toMatchObject({
        status: "cancelled",
        cancellation_reason: "cancelled by person:ada",
        cancelled_at: expect.stringMatching(/Z$/),
      });
      expect(await entry(desk, "B")).toMatchObject({ status: "rolled_back", rollback_reason: expect.any(String) });
      await desk.run(await desk.retry(await desk.task("B")));
      expect(await entries(desk)).toHaveLength(3);
      expect(await entry(desk, "B")).toMatchObject({ status: "done" });
      expect(await entry(desk, "C")).toMatchObject({ status: "ready", dependencies: ["B"] });
    });

    test("titles, priorities and needs that were changed are written, priorities turned round", async () => {
      const desk = await openDesk(openStore, STAFFED);
      await desk.call("queue.import", {
        text: queue([
          { id: "A", type: "Build", status: "ready" },
          { id: "B", type: "Build", status: "ready", depends_on: "A" },
        ]),
      });
      await desk.submit({ key: "outside" });
      await desk.update(await desk.task("B"), { title: "Other", priority: 95, needs: ["outside"] });
      const changed = await entry(desk, "B");
      expect(changed).toMatchObject({ title: "Other", priority: 5, dependencies: ["outside"] });
      expect(changed).not.toHaveProperty("depends_on");
    });

    test.each([
      [
        "nested where the file nests",
        { subtasks: [{ id: "P-B01", type: "Implementation", status: "needs_manual", parent_task: "P" }] },
        "parent_task",
      ],
      ["behind their parent where it does not", {}, "parent"],
    ])("sub-tasks of agents stand %s, named by their role", async (_, rest, field) => {
      const desk = await openDesk(openStore, {
        agents: { worker: anAgent() },
        roles: { planner: { agent: "worker" }, tester: { agent: "worker" }, builder: { agent: "worker" } },
      });
      const flat = field === "parent" ? [{ id: "P-B01", type: "Build", status: "needs_manual", parent: "P" }] : [];
      await desk.call("queue.import", {
        text: queue([
          { id: "P", type: "Story", status: "needs_plan", ...rest },
          ...flat,
          { id: "Q", status: "needs_plan", priority: 5 },
        ]),
      });
      const claimed = await desk.claim("planner");
      if (!claimed) throw new Error("nothing was claimed");
      const asRun = { kind: "run", runId: claimed.run.id, scope: "operate" } as never;
      for (const role of ["builder", "tester"])
        await desk.callAs(asRun, "task.delegate", { prompt: `Do ${role}`, role });
      await desk.settle(claimed.run);
      const all = await entries(desk);
      const [parent] = all;
      expect(parent).toMatchObject({ id: "P", status: "planning_complete" });
      const steps = field === "parent" ? all.slice(2, 4) : (parent?.subtasks as Entry[]).slice(1);
      expect(steps).toMatchObject([
        { id: "P-B02", [field]: "P", status: "ready", description: "Do builder" },
        { id: "P-T01", [field]: "P", status: "awaiting_test", type: field === "parent" ? "Test" : "Testing" },
      ]);
      expect(all.at(-1)?.id).toBe("Q");
    });

    test("counters that the file has are counted anew, in the sense in which they were true, and others stay", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const metadata = { updated: "yesterday", total_tasks: 2, done_tasks: 0, ready_tasks: 9, goal: "Sail" };
      await desk.call("queue.import", {
        text: queue(
          [
            { id: "A", type: "Build", status: "ready" },
            { id: "B", type: "Build", status: "ready", subtasks: [{ id: "B-B01", status: "done" }] },
          ],
          { metadata },
        ),
      });
      await desk.run(await desk.task("A"));
      const { metadata: counted } = JSON.parse((await exportOf(desk)).text);
      expect(counted).toEqual({
        updated: new Date(desk.clock.now()).toISOString(),
        total_tasks: 2,
        done_tasks: 1,
        ready_tasks: 1,
        goal: "Sail",
      });
    });

    test("a queue in any state goes into a fresh home as the same tasks", { timeout: 240_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(workable, fc.array(fc.nat(5), { maxLength: 12 }), async (value, steps) => {
          const desk = await openDesk(openStore, IN_TURNS);
          await desk.call("queue.import", { text: JSON.stringify(value) });
          await workAt(desk, steps);
          const { text } = await exportOf(desk);
          const fresh = await openDesk(openStore, IN_TURNS);
          await fresh.call("queue.import", { text });
          expect(await tasksIn(fresh)).toEqual(await tasksIn(desk));
          expect(JSON.parse((await exportOf(fresh)).text)).toEqual(JSON.parse(text));
        }),
        { numRuns: 12 },
      );
    });
  });

  test("importing further files of one sprint adds to what is written, each in its place", async () => {
    const desk = await openDesk(openStore, STAFFED);
    const parent = (...ids: string[]) => ({
      id: "P",
      title: "P",
      priority: 1,
      status: "planning_complete",
      subtasks: ids.map((id) => ({ id, title: id, status: "ready", priority: 1 })),
    });
    await desk.call("queue.import", { text: queue([{ id: "N" }, null, parent("P-B1")]) });
    const text = queue([parent("P-B1", "P-B2"), null, { id: "M", status: "ready" }]);
    await desk.call("queue.import", { text });
    const all = await entries(desk);
    expect(all.map((one) => one?.id)).toEqual(["N", undefined, "P", "M"]);
    expect((all[2]?.subtasks as Entry[]).map(({ id }) => id)).toEqual(["P-B1", "P-B2"]);
    expect((await desk.call("queue.export", { import: 1 })).text).toBe((await exportOf(desk)).text);
  });

  test("what is not there is refused", async () => {
    const desk = await openDesk(openStore, STAFFED);
    for (const input of [{}, { sprint: "X" }, { import: 7 }]) {
      await expect(desk.call("queue.export", input)).rejects.toThrow(Refusal);
    }
  });
});

type Entry = Record<string, unknown>;

function queue(
  tasks: readonly (Readonly<Record<string, unknown>> | null)[],
  rest: Readonly<Record<string, unknown>> = {},
) {
  const written = tasks.map((task) => task && { title: task.id, priority: 1, ...task });
  return JSON.stringify({
    sprint_id: "SPRINT-1",
    wip_limits: { planner: 9, builder: 9, tester: 9 },
    ...rest,
    tasks: written,
  });
}

async function exportOf(desk: Desk) {
  return (await desk.call("queue.export", {})) as { text: string; changed: string[]; added: string[] };
}

async function entries(desk: Desk): Promise<Entry[]> {
  return JSON.parse((await exportOf(desk)).text).tasks;
}

async function entry(desk: Desk, id: string): Promise<Entry> {
  return (await entries(desk)).find((one) => one.id === id) ?? {};
}

/** Plain queues that can be worked at, flat and nested. */
const workable = fc
  .array(
    fc.record({
      type: fc.constantFrom("Story", "Build", "Test", "Docs"),
      status: fc.constantFrom(
        "needs_plan",
        "planning",
        "ready",
        "awaiting_test",
        "blocked",
        "done",
        "cancelled",
        "needs_adapt",
      ),
      priority: fc.integer({ min: 1, max: 4 }),
      needs: fc.array(fc.nat(9), { maxLength: 2 }),
      parts: fc.array(fc.constantFrom("ready", "blocked", "done"), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((stories) => ({
    sprint_id: "SPRINT-2025-001",
    wip_limits: { planner: 9, builder: 9, tester: 9, refiner: 9, integrator: 9 },
    tasks: stories.map(({ needs, parts, ...story }, index) => ({
      id: `S${index}`,
      title: `Story ${index}`,
      ...story,
      dependencies: needs.filter((need) => need < index).map((need) => `S${need}`),
      ...(parts.length > 0 && {
        subtasks: parts.map((status, n) => ({
          id: `S${index}-B0${n + 1}`,
          title: "Part",
          status,
          priority: story.priority,
          parent_task: `S${index}`,
        })),
      }),
    })),
    metadata: { total_tasks: stories.length, updated: null },
  }));

/** Each step takes the next task and lets it end well, badly or not at all; a planner hands out a sub-task. */
async function workAt(desk: Desk, steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    const claimed = await desk.claim();
    if (!claimed) return;
    desk.clock.advance(1000);
    const asRun = { kind: "run", runId: claimed.run.id, scope: "operate" } as never;
    if (step === 4 && claimed.task.role === "planner") {
      await desk.callAs(asRun, "task.delegate", { prompt: "A part", title: "A part", role: "builder" });
    }
    if (step === 5) continue;
    await desk.settle(claimed.run, step === 0 ? { exit: 1 } : {});
  }
}

/** What a queue can say of tasks; what runs or waits for its time is queued for whoever reads that. */
async function tasksIn(desk: Desk) {
  const rows = await desk.store.read.all<Entry>("SELECT * FROM task");
  const { text } = await exportOf(desk);
  const ids = new Set(idsIn(JSON.parse(text).tasks));
  expect(rows.filter(({ key }) => key !== null).every(({ key }) => ids.has(String(key)))).toBe(true);
  const waits = (state: unknown) => (state === "running" || state === "scheduled" ? "queued" : state);
  return (
    rows
      .map((row): Entry => ({ ...row, state: row.parked_reason === "subtasks" ? "blocked" : waits(row.state) }))
      // Only what waits for its turn says in a queue whose turn that is.
      .map(({ title, role, state, priority, parked_note }) =>
        JSON.stringify({ title, role: state === "queued" ? role : "", state, priority, parked_note }),
      )
      .toSorted()
  );
}

function idsIn(tasks: readonly Entry[]): string[] {
  return tasks.flatMap(({ id, subtasks }) => [String(id), ...idsIn((subtasks as Entry[] | undefined) ?? [])]);
}
