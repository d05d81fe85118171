import { describe, expect, test } from "vitest";
import { anAgent } from "../builders.ts";
import { type Desk, type DeskOptions, openDesk } from "./desk.ts";
import { brokenLaws } from "./laws.ts";
import { onEveryStore } from "./on-every-store.ts";

const STAFFED: DeskOptions = {
  agents: { worker: anAgent() },
  roles: {
    planner: { agent: "worker" },
    builder: { agent: "worker", attempts: 1 },
    tester: { agent: "worker" },
  },
};

onEveryStore((openStore) => {
  const aSprint = async (tasks: readonly object[], rest: object = {}) => {
    const desk = await openDesk(openStore, STAFFED);
    await desk.call("queue.import", { text: queue(tasks, rest) });
    await desk.catalog.renewed();
    return desk;
  };

  describe("sprint.status", () => {
    test("counts from the tasks, whatever the file's counters say, and shows what is next", async () => {
      const desk = await aSprint([
        { id: "A", type: "Build", status: "ready", objective_link: "Sails" },
        { id: "B", type: "Build", status: "ready", priority: 2 },
        { id: "C", type: "Build", status: "done", objective_link: "Floats" },
        { id: "D", type: "Build", status: "cancelled" },
        { id: "P", type: "Story", status: "planning", objective_link: "Steers", priority: 7 },
      ]);
      await desk.claim("builder");
      expect(await desk.call("sprint.status", {})).toMatchObject({
        sprintId: "SPRINT-2025-004",
        number: 4,
        status: "in_progress",
        completed: null,
        progress: { tasks: 5, done: 1, open: 3, openTop: 2, percent: 25 },
        byStatus: { in_progress: 1, ready: 1, done: 1, cancelled: 1, planning: 1 },
        wip: { planner: { current: 0, limit: 1 }, builder: { current: 1, limit: 3 }, tester: { current: 0, limit: 2 } },
        exitCriteria: [
          { name: "Sails", key: "A", status: "in_progress", progress: 50 },
          { name: "Floats", status: "done", progress: 100 },
          { name: "Steers", status: "planning", progress: 25 },
        ],
        ready: [{ key: "B" }, { key: "P" }],
      });
    });

    test("finds a sprint by its id and by its number, and names those that are there", async () => {
      const desk = await aSprint([]);
      for (const sprint of ["SPRINT-2025-004", "4"]) {
        expect(await desk.call("sprint.status", { sprint })).toMatchObject({ number: 4 });
      }
      await expect(desk.call("sprint.status", { sprint: "5" })).rejects.toMatchObject({
        code: "not_found",
        hint: expect.stringContaining("SPRINT-2025-004"),
      });
    });
  });

  describe("sprint.complete", () => {
    test("is refused while tasks of the top three priorities are open, and names them", async () => {
      const desk = await aSprint([
        { id: "A", type: "Build", status: "ready", priority: 3 },
        { id: "B", type: "Build", status: "ready", priority: 4 },
      ]);
      await expect(desk.call("sprint.complete", {})).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("A (queued)"),
        data: { open: [{ task: "A", state: "queued" }] },
      });
      await desk.run(await desk.task("A"));
      expect(await desk.call("sprint.complete", {})).toMatchObject({
        status: "completed",
        open: [{ task: "B", state: "queued" }],
      });
      await expect(desk.call("sprint.complete", {})).rejects.toMatchObject({ code: "conflict" });
      expect(await desk.state("B")).toBe("queued");
    });

    test("is forced with a reason, which is kept, and not without one", async () => {
      const desk = await aSprint([{ id: "A", type: "Build", status: "ready" }]);
      await expect(desk.call("sprint.complete", { force: true })).rejects.toMatchObject({ code: "invalid_input" });
      await desk.call("sprint.complete", { force: true, reason: "the ship has sailed" });
      expect(await desk.call("sprint.status", {})).toMatchObject({
        status: "completed",
        completed: { by: "person:ada", reason: "the ship has sailed" },
      });
      expect(await happened(desk, "sprint.completed")).toEqual([
        { sprintId: "SPRINT-2025-004", forced: true, reason: "the ship has sailed", open: 1 },
      ]);
    });

    test("shows in the file: its status, and when", async () => {
      const desk = await aSprint([], { metadata: { sprint_status: "in_progress" } });
      await desk.call("sprint.complete", {});
      const at = new Date(desk.clock.now()).toISOString();
      expect(await exported(desk)).toMatchObject({
        status: "completed",
        metadata: { sprint_status: "completed", completed_at: at },
      });
    });
  });

  describe("sprint.new", () => {
    test("is refused while the last is not completed", async () => {
      const desk = await aSprint([]);
      await expect(desk.call("sprint.new", {})).rejects.toMatchObject({ code: "conflict" });
    });

    test("takes what is open along with its parts and its history, and leaves the rest where it was", async () => {
      const desk = await aSprint([
        { id: "A", type: "Build", status: "done" },
        { id: "B", type: "Build", status: "ready", dependencies: ["A"], objective: "SPRINT-2025-004", sprint: "4" },
        {
          id: "P",
          status: "planning_complete",
          subtasks: [
            { id: "P-B01", status: "done" },
            { id: "P-B02", status: "ready" },
          ],
        },
      ]);
      const before = await desk.claim("builder");
      await desk.call("sprint.complete", { force: true, reason: "late" });
      expect(await desk.call("sprint.new", { goal: "Sail" })).toMatchObject({
        sprintId: "SPRINT-2025-005",
        number: 5,
        from: "SPRINT-2025-004",
        carriedOver: 3,
        tasks: [{ task: "B", state: "running" }, { task: "P" }, { task: "P-B02" }],
      });
      const next = await exported(desk);
      expect(next).toMatchObject({
        sprint: 5,
        sprint_id: "SPRINT-2025-005",
        wip_limits: { planner: 1, builder: 3, tester: 2 },
        metadata: { sprint_goal: "Sail", previous_sprint: { sprint: 4, tasks_completed: 2, tasks_total: 5 } },
        tasks: [
          { id: "B", status: "in_progress", objective: "SPRINT-2025-005", sprint: "5", dependencies: [] },
          { id: "P", subtasks: [{ id: "P-B01", status: "done" }, { id: "P-B02" }] },
        ],
      });
      expect((await exported(desk, "4")).tasks.map(({ id }: { id: string }) => id)).toEqual(["A"]);
      expect((await exported(desk, "4")).status).toBe("completed");
      if (before) await desk.settle(before.run);
      expect(await desk.state("B")).toBe("completed");
      expect((await happened(desk, "task.carried_over")).length).toBe(3);
      expect(await brokenLaws(desk.store, { maxRuns: 1000, wipLimits: {}, now: desk.clock.now() })).toEqual([]);
    });

    test("knows what was carried over by both files, and brings nothing twice", async () => {
      const tasks = [{ id: "B", type: "Build", status: "ready" }];
      const desk = await aSprint(tasks);
      await desk.call("sprint.complete", { force: true, reason: "late" });
      await desk.call("sprint.new", {});
      const { text } = (await desk.call("queue.export", {})) as { text: string };
      for (const again of [queue(tasks), text]) {
        expect(await desk.call("queue.import", { text: again })).toMatchObject({ created: 0, skipped: ["B"] });
      }
    });

    test("the first of all begins without a last one, in the year of the clock", async () => {
      const desk = await openDesk(openStore, STAFFED);
      const year = new Date(desk.clock.now()).getUTCFullYear();
      expect(await desk.call("sprint.new", {})).toMatchObject({
        sprintId: `SPRINT-${year}-001`,
        number: 1,
        from: null,
      });
      await desk.call("sprint.complete", {});
      expect(await desk.call("sprint.new", { sprintId: "HARBOUR" })).toMatchObject({ sprintId: "HARBOUR", number: 2 });
      await desk.call("sprint.complete", {});
      await expect(desk.call("sprint.new", { sprintId: "HARBOUR" })).rejects.toMatchObject({ code: "conflict" });
    });

    test("two at once begin one", async () => {
      const desk = await aSprint([]);
      await desk.call("sprint.complete", {});
      const both = await Promise.allSettled([desk.call("sprint.new", {}), desk.call("sprint.new", {})]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    });
  });

  test("sprints belong to projects: two of one id never meet, and who means which has to say so", async () => {
    const shop = { directory: "/tmp" };
    const desk = await openDesk(openStore, { ...STAFFED, projects: { shop } });
    const text = (status: string) => queue([{ id: "A", type: "Build", status }]);
    await desk.call("queue.import", { text: text("ready"), project: "shop" });
    expect(await desk.call("sprint.status", {})).toMatchObject({ byStatus: { ready: 1 } });
    await desk.call("queue.import", { text: text("done"), project: "default" });
    await expect(desk.call("sprint.status", {})).rejects.toMatchObject({
      code: "conflict",
      data: { projects: ["default", "shop"] },
    });
    expect(await desk.call("sprint.status", { project: "shop" })).toMatchObject({ byStatus: { ready: 1 } });
    expect(await desk.call("sprint.complete", { project: "default" })).toMatchObject({ open: [] });
    expect(await desk.call("sprint.new", { project: "default" })).toMatchObject({ number: 5, carriedOver: 0 });
    expect((await desk.call("queue.export", { project: "shop" })).text).toBe(text("ready"));
    expect(await desk.call("bug.triage", { what: "It leaks", project: "shop" })).toMatchObject({
      sprintId: "SPRINT-2025-004",
    });
    expect(await desk.call("sprint.status", { project: "shop" })).toMatchObject({ byStatus: { ready: 2, blocked: 1 } });
  });

  describe("bug.triage", () => {
    test("gives a task that mends it and one that tests that, in the sprint under way, once per bug", async () => {
      const desk = await aSprint([{ id: "A", type: "Build", status: "ready", priority: 2 }]);
      const report = () => desk.call("bug.triage", { what: "It sinks.\nAlways.", key: "leak" });
      expect(await report()).toMatchObject({
        key: "leak",
        created: true,
        sprintId: "SPRINT-2025-004",
        fix: { key: "leak-B01", state: "queued" },
        test: { key: "leak-T01", state: "blocked" },
      });
      expect(await report()).toMatchObject({ created: false });
      expect((await exported(desk)).tasks.slice(1)).toMatchObject([
        { id: "leak-B01", title: "Fix: It sinks.", type: "Build", status: "ready", priority: 1, dependencies: [] },
        { id: "leak-T01", type: "Test", status: "blocked", dependencies: ["leak-B01"] },
      ]);
      await desk.run(await desk.task("leak-B01"));
      expect(await desk.state("leak-T01")).toBe("queued");
      await desk.call("sprint.complete", { force: true, reason: "late" });
      expect(await desk.call("bug.triage", { what: "It sinks again." })).toMatchObject({
        key: expect.stringMatching(/^bug-[0-9a-f]{10}$/),
        sprintId: null,
      });
    });
  });
});

function queue(tasks: readonly object[], rest: object = {}) {
  return JSON.stringify({
    sprint: 4,
    status: "in_progress",
    sprint_id: "SPRINT-2025-004",
    wip_limits: { planner: 1, builder: 3, tester: 2 },
    ...rest,
    tasks: tasks.map((task) => ({ title: "Do it", priority: 1, ...task })),
  });
}

async function exported(desk: Desk, sprint?: string) {
  return JSON.parse((await desk.call("queue.export", sprint === undefined ? {} : { sprint })).text as string);
}

async function happened(desk: Desk, topic: string) {
  const rows = await desk.store.read.all<{ data: string }>("SELECT data FROM event WHERE topic = ? ORDER BY id", topic);
  return rows.map(({ data }) => JSON.parse(data));
}
