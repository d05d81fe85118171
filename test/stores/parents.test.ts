import { describe, expect, test } from "vitest";
import type { Claim } from "../../src/run/claim.store.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { type Desk, openDesk } from "./desk.ts";
import { aChildOf, aRollUp } from "./family.ts";
import { onEveryStore } from "./on-every-store.ts";

onEveryStore((openStore) => {
  describe("a parent that only rolls up", () => {
    test.each([
      ["completed", ["completed", "completed"]],
      ["failed", ["completed", "failed"]],
      ["failed", ["failed", "cancelled"]],
      ["completed", ["cancelled", "completed"]],
      ["cancelled", ["cancelled", "cancelled"]],
    ] as const)("is %s when its children are %j", async (state, ends) => {
      const desk = await openDesk(openStore);
      const { parent, children } = await aRollUp(desk, "parent", ["first", "second"]);
      const [first, second] = children as [TaskRow, TaskRow];
      await end(desk, first, ends[0]);
      expect(await desk.task(parent)).toMatchObject({ state: "blocked", open_children: 1 });
      await end(desk, second, ends[1]);
      expect(await desk.task(parent)).toMatchObject({ state, open_children: 0 });
    });

    test("says that a sub-task has failed", async () => {
      const desk = await openDesk(openStore);
      const { parent, children } = await aRollUp(desk, "parent", ["only"]);
      await end(desk, children[0] as TaskRow, "failed");
      expect((await desk.task(parent)).end_reason).toBe("subtask_failed");
    });

    test("is never claimed itself", async () => {
      const desk = await openDesk(openStore);
      const { children } = await aRollUp(desk, "parent", ["first", "second"]);
      expect((await desk.claimAll()).map(({ task }) => task.id)).toEqual(children.map(({ id }) => id));
    });

    test("rolls up through a child that is a parent, and lets go who waited for the top", async () => {
      const desk = await openDesk(openStore);
      const { parent: top, children } = await aRollUp(desk, "top", ["own"]);
      const { parent: middle, children: below } = await aRollUp(desk, "middle", ["deep"], top);
      const waiting = await desk.submit({ needs: [`task-${top.id}`] });
      await end(desk, children[0] as TaskRow, "completed");
      expect(await desk.state(top)).toBe("blocked");
      await end(desk, below[0] as TaskRow, "completed");
      expect([await desk.state(middle), await desk.state(top), await desk.state(waiting)]).toEqual([
        "completed",
        "completed",
        "queued",
      ]);
    });

    test("waits for its needs as well, and ends when the last of both is there", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const { parent, children } = await aRollUp(desk, "parent", ["only"]);
      await desk.update(parent, { needs: [`task-${first.id}`] });
      await desk.cancel(children[0] as TaskRow);
      expect(await desk.task(parent)).toMatchObject({ state: "blocked", blocked_by: 1, open_children: 0 });
      await desk.run(first);
      expect(await desk.state(parent)).toBe("cancelled");
    });

    test("rolls up when the need that it still waited for is taken away", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const { parent, children } = await aRollUp(desk, "parent", ["only"]);
      await desk.update(parent, { needs: [`task-${first.id}`] });
      await end(desk, children[0] as TaskRow, "completed");
      expect(await desk.update(parent, { needs: [] })).toMatchObject({ state: "completed" });
    });

    test("can be cancelled; its children go on by themselves", async () => {
      const desk = await openDesk(openStore);
      const { parent, children } = await aRollUp(desk, "parent", ["only"]);
      await desk.cancel(parent);
      const child = children[0] as TaskRow;
      expect(await desk.state(child)).toBe("queued");
      await end(desk, child, "completed");
      expect(await desk.state(parent)).toBe("cancelled");
    });
  });

  describe("a parent that runs itself", () => {
    test("parks on its sub-tasks when its run has completed, and completes with them", async () => {
      const desk = await openDesk(openStore);
      const parent = await desk.submit({ priority: 1 });
      const child = await aChildOf(desk, parent, "child");
      await desk.run(parent, { result: { planned: 1 } });
      expect(await desk.task(parent)).toMatchObject({ state: "parked", parked_reason: "subtasks" });
      await desk.run(child);
      expect(await desk.state(parent)).toBe("completed");
      expect(await desk.call("task.get", { taskId: `task-${parent.id}` })).toMatchObject({
        result: { from: "file", value: { planned: 1 } },
      });
    });

    test("holds no place while it is parked, so that its sub-tasks can run under a WIP limit of one", async () => {
      const desk = await openDesk(openStore, { roles: { default: { agent: "worker", wipLimit: 1 } } });
      const parent = await desk.submit({ priority: 1 });
      const child = await aChildOf(desk, parent, "child");
      await desk.run(parent);
      expect((await desk.claim())?.task.id).toBe(child.id);
    });

    test("completes at once when its sub-tasks have ended before it", async () => {
      const desk = await openDesk(openStore);
      const parent = await desk.submit({ priority: 1 });
      const child = await aChildOf(desk, parent, "child");
      const claim = await desk.claim();
      await desk.run(child);
      if (claim) await desk.settle(claim.run);
      expect(await desk.state(parent)).toBe("completed");
    });

    test("is not resumed by hand while sub-tasks are open", async () => {
      const desk = await openDesk(openStore);
      const parent = await desk.submit({ priority: 1 });
      await aChildOf(desk, parent, "child");
      await desk.run(parent);
      await expect(desk.resume(parent)).rejects.toMatchObject({ code: "conflict" });
    });

    test("does not stay parked when a need that was added is taken away after its sub-tasks have ended", async () => {
      const desk = await openDesk(openStore);
      const parent = await desk.submit({ priority: 1 });
      const child = await aChildOf(desk, parent, "child");
      await desk.run(parent);
      const other = await desk.submit({ priority: -5 });
      await desk.update(parent, { needs: [`task-${other.id}`] });
      await desk.run(child);
      expect(await desk.task(parent)).toMatchObject({ state: "parked", open_children: 0, blocked_by: 1 });
      expect(await desk.update(parent, { needs: [] })).toMatchObject({ state: "completed" });
    });
  });

  describe("a parent whose stage goes on or is handed on behind its sub-tasks", () => {
    const WAITS = { exit: 77, result: { waitsFor: "subtasks" } };
    const relay = (next: object) => ({
      roles: {
        default: { agent: "worker", wipLimit: 5 },
        planner: { agent: "worker", wipLimit: 5, next: { completed: "tester", ...next } },
        tester: { agent: "worker", wipLimit: 5 },
        closing: { agent: "worker", wipLimit: 5 },
      },
    });
    const aPart = async (desk: Desk, parent: TaskRow) => {
      const part = await aChildOf(desk, parent, "part");
      return await desk.update(part, { priority: -5 }).then(() => part);
    };

    test.each([
      "completed",
      "failed",
    ] as const)("its agent, which waits for them, goes on when one has %s", async (how) => {
      const desk = await openDesk(openStore, relay({}));
      const parent = await desk.submit({ role: "planner", priority: 1 });
      const claimed = await desk.claim();
      const part = await aPart(desk, parent);
      await desk.settle((claimed as Claim).run, WAITS);
      expect(await desk.task(parent)).toMatchObject({ state: "parked", parked_reason: "subtasks", stage: 0 });
      await end(desk, part, how);
      expect(await desk.task(parent)).toMatchObject({ state: "queued", stage: 0, role: "planner", awaits_children: 0 });
    });

    test("the next role has its stage when they are completed, and a person is asked when one is not", async () => {
      for (const [how, after] of [
        ["completed", { state: "queued", role: "tester", stage: 1 }],
        ["failed", { state: "parked", role: "tester", parked_reason: "person" }],
      ] as const) {
        const desk = await openDesk(openStore, relay({}));
        const parent = await desk.submit({ role: "planner", priority: 1 });
        const claimed = await desk.claim();
        const part = await aPart(desk, parent);
        await desk.settle((claimed as Claim).run);
        expect(await desk.task(parent)).toMatchObject({ state: "parked", role: "tester", parked_reason: "subtasks" });
        await end(desk, part, how);
        expect(await desk.task(parent)).toMatchObject(after);
      }
    });

    test("who is named for that gets it, or nobody: then it ends with them", async () => {
      for (const [subtasks, after] of [
        ["closing", { state: "queued", role: "closing" }],
        [null, { state: "completed", role: "planner" }],
      ] as const) {
        const desk = await openDesk(openStore, relay({ subtasks }));
        const parent = await desk.submit({ role: "planner", priority: 1 });
        const claimed = await desk.claim();
        const part = await aPart(desk, parent);
        await desk.settle((claimed as Claim).run);
        await end(desk, part, "completed");
        expect(await desk.task(parent)).toMatchObject(after);
      }
    });
  });

  describe("a parent that was parked for a person", () => {
    test("goes back to waiting for its children when it is resumed: nobody runs it", async () => {
      const desk = await openDesk(openStore);
      const { parent, children } = await aRollUp(desk, "parent", ["only"]);
      await park(desk, parent);
      await desk.resume(parent);
      expect(await desk.state(parent)).toBe("blocked");
      await end(desk, children[0] as TaskRow, "completed");
      expect(await desk.state(parent)).toBe("completed");
    });

    test("ends as its children did when they have ended meanwhile", async () => {
      const desk = await openDesk(openStore);
      const { parent, children } = await aRollUp(desk, "parent", ["only"]);
      await park(desk, parent);
      await end(desk, children[0] as TaskRow, "completed");
      expect(await desk.state(parent)).toBe("parked");
      await desk.resume(parent);
      expect(await desk.state(parent)).toBe("completed");
    });
  });
});

/** As an import does with a parent that has a `blocked_reason`. */
async function park(desk: Desk, { id }: TaskRow): Promise<void> {
  await desk.store.write((tx) => tx.run("UPDATE task SET state = 'parked', parked_reason = 'person' WHERE id = ?", id));
}

async function end(desk: Desk, task: TaskRow, how: "completed" | "failed" | "cancelled"): Promise<void> {
  if (how === "cancelled") {
    await desk.cancel(task);
    return;
  }
  await desk.update(task, { priority: 100, attempts: 1 });
  await desk.run(task, { exit: how === "completed" ? 0 : 1 });
}
