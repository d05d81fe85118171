import { describe, expect, test } from "vitest";
import { taskDetail } from "../../src/task/task.store.ts";
import { countTasks } from "../../src/task/task-list.store.ts";
import { aTask } from "../builders.ts";
import { openDesk } from "./desk.ts";
import { eventsOf } from "./history.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

onEveryStore((openStore) => {
  describe("submitting", () => {
    test("everything that can be said about a task is kept", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit({ key: "first" });
      const { id } = await desk.submit({
        prompt: "Fix the flaky test\nand say why it was",
        title: "Flaky",
        role: "builder",
        agent: "claude",
        priority: 7,
        key: "fix/flaky.1",
        needs: ["first:continue"],
        cwd: "/srv/project",
        timeoutSeconds: 90,
        attempts: 5,
        notBefore: "2026-01-06T08:00:00+01:00",
        data: { ticket: [1, null, "ü"] },
      });
      expect(await desk.call("task.get", { taskId: "fix/flaky.1" })).toMatchObject({
        taskId: `task-${id}`,
        prompt: "Fix the flaky test\nand say why it was",
        title: "Flaky",
        state: "blocked",
        role: "builder",
        agent: "claude",
        priority: 7,
        key: "fix/flaky.1",
        project: "default",
        submittedBy: "person:ada",
        needs: [{ taskId: `task-${first.id}`, key: "first", policy: "continue", met: false }],
        cwd: "/srv/project",
        timeoutSeconds: 90,
        attempts: { spent: 0, max: 5 },
        notBefore: "2026-01-06T07:00:00.000Z",
        data: { ticket: [1, null, "ü"] },
        createdAt: "2026-01-05T08:00:00.000Z",
        finishedAt: null,
        runs: [],
      });
    });

    test("a prompt alone is enough: it is queued for the role `default` under its first line", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit({ prompt: "\n  Tidy up \nthe house" });
      expect(task).toMatchObject({ state: "queued", role: "default", agent: null, title: "Tidy up", priority: 0 });
      expect((await taskDetail(desk.store.read, task.id)).prompt).toBe("\n  Tidy up \nthe house");
      expect(await eventsOf(desk.store, task)).toEqual(["task.submitted"]);
    });

    test("a task knows the actor who asked", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      const event = await desk.store.read.get("SELECT actor FROM event WHERE task_id = ?", task.id);
      expect([task.submitted_by, event]).toEqual(["person:ada", { actor: "person:ada" }]);
    });

    test("tasks of one role and agent share a scheduling class, others do not", async () => {
      const desk = await openDesk(openStore);
      const classOf = async (role: string, agent?: string) =>
        (await desk.submit({ role, ...(agent && { agent }) })).class_id;
      const builder = await classOf("builder");
      expect(await classOf("builder")).toBe(builder);
      expect(new Set([builder, await classOf("tester"), await classOf("builder", "claude")]).size).toBe(3);
    });
  });

  describe("a key", () => {
    test("returns the same task again, whatever else is said, and writes nothing", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit({ key: "nightly", prompt: "First" });
      const again = await desk.call("task.submit", aTask({ key: "nightly", prompt: "Second", needs: ["nobody"] }));
      expect(again).toEqual({ taskId: `task-${task.id}`, state: "queued", created: false });
      expect((await taskDetail(desk.store.read, task.id)).prompt).toBe("First");
      expect(await eventsOf(desk.store, task)).toEqual(["task.submitted"]);
    });

    test("submitted fifty times at once makes one task", async () => {
      const desk = await openDesk(openStore);
      const answers = await Promise.all(times(50, () => desk.call("task.submit", aTask({ key: "once" }))));
      expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(1);
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect((await countTasks(desk.store.read)).queued).toBe(1);
    });

    test("still names its task when that is finished", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit({ key: "done" });
      await desk.run(task);
      expect(await desk.call("task.submit", aTask({ key: "done" }))).toMatchObject({
        taskId: `task-${task.id}`,
        state: "completed",
        created: false,
      });
    });

    test("returns its task also when the queue is full", async () => {
      const desk = await openDesk(openStore, { limits: { queuedTasks: 1 } });
      await desk.submit({ key: "only" });
      expect(await desk.call("task.submit", aTask({ key: "only" }))).toMatchObject({ created: false });
    });
  });

  describe("a time before which it may not start", () => {
    test("schedules the task, and it is queued when that time has come", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit({ notBefore: "2026-01-05T09:00:00Z" });
      expect(task.state).toBe("scheduled");
      desk.clock.advance(3_599_999);
      expect(await desk.claim()).toBeUndefined();
      desk.clock.advance(1);
      expect((await desk.claim())?.task.id).toBe(task.id);
    });

    test("that has passed already means nothing", async () => {
      const desk = await openDesk(openStore);
      expect((await desk.submit({ notBefore: "2020-01-01T00:00:00Z" })).state).toBe("queued");
    });

    test("still holds when the needs are met before it", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const second = await desk.submit({ needs: [`task-${first.id}`], notBefore: "2026-01-05T09:00:00Z" });
      expect(second.state).toBe("blocked");
      await desk.run(first);
      expect(await desk.state(second)).toBe("scheduled");
    });

    test("can be moved while the task waits, both ways", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.update(task, { notBefore: "2026-01-05T09:00:00Z" });
      expect(await desk.state(task)).toBe("scheduled");
      await desk.update(task, { notBefore: "2026-01-05T07:00:00Z" });
      expect(await desk.state(task)).toBe("queued");
    });

    test("also holds for a task that was parked until an earlier one", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.run(task, { exit: 75, result: { retryAt: "2026-01-05T08:30:00Z" } });
      await desk.update(task, { notBefore: "2026-01-05T09:00:00Z" });
      desk.clock.advance(45 * 60_000);
      expect(await desk.claim()).toBeUndefined();
      desk.clock.advance(15 * 60_000);
      expect((await desk.claim())?.task.id).toBe(task.id);
    });
  });

  describe("limits", () => {
    test.each([
      ["a prompt", "prompt", { promptBytes: 1024 }, { prompt: "ü".repeat(513) }],
      ["a title", "title", { titleCharacters: 20 }, { title: "t".repeat(21) }],
      ["data", "data", { dataBytes: 16 }, { data: { text: "0123456789" } }],
      ["a list of needs", "needs", { taskNeeds: 2 }, { needs: ["a", "b", "c"] }],
    ])("%s beyond its limit is too_large, and says by how much", async (_, field, limits, input) => {
      const desk = await openDesk(openStore, { limits });
      await expect(desk.submit(input)).rejects.toMatchObject({ code: "too_large", data: { field } });
      expect((await countTasks(desk.store.read)).queued).toBe(0);
    });

    test.each([
      ["a prompt", { promptBytes: 1024 }, { prompt: "ü".repeat(512) }],
      ["a title", { titleCharacters: 20 }, { title: "t".repeat(20) }],
      ["data", { dataBytes: 21 }, { data: { text: "0123456789" } }],
    ])("%s that fits exactly is taken", async (_, limits, input) => {
      const desk = await openDesk(openStore, { limits });
      expect((await desk.submit(input)).state).toBe("queued");
    });

    test("a title is counted in characters, not in halves of them", async () => {
      const desk = await openDesk(openStore, { limits: { titleCharacters: 20 } });
      expect((await desk.submit({ title: "🪴".repeat(20) })).title).toBe("🪴".repeat(20));
    });

    test("a changed title is held to the same limit", async () => {
      const desk = await openDesk(openStore, { limits: { titleCharacters: 20 } });
      const task = await desk.submit();
      await expect(desk.update(task, { title: "t".repeat(21) })).rejects.toMatchObject({ code: "too_large" });
    });

    test("a full queue refuses with queue_full until something has left it", async () => {
      const desk = await openDesk(openStore, { limits: { queuedTasks: 2 } });
      const first = await desk.submit();
      await desk.submit({ notBefore: "2026-02-01T00:00:00Z" });
      await expect(desk.submit()).rejects.toMatchObject({ code: "queue_full", data: { limit: 2 } });
      await desk.cancel(first);
      expect((await desk.submit()).state).toBe("queued");
    });

    test.each([
      ["an empty prompt", { prompt: "" }],
      ["a NUL byte", { prompt: "a\0b" }],
      ["half a character", { prompt: "\ud800" }],
      ["a key that looks like an id", { key: "task-1" }],
      ["a relative directory", { cwd: "project" }],
      ["a priority that is no number", { priority: Number.NaN }],
      ["a time without a zone", { notBefore: "2026-01-05T09:00:00" }],
      ["a policy that does not exist", { needs: ["task-1:maybe"] }],
      ["a word that is not in the catalogue", { promt: "x" }],
    ])("%s is invalid_input, and the field is named", async (_, input) => {
      const desk = await openDesk(openStore);
      const refused = desk.call("task.submit", { prompt: "Do it", ...input });
      await expect(refused).rejects.toMatchObject({ code: "invalid_input", data: { fields: expect.any(Array) } });
    });
  });
});
