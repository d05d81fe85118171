import { describe, expect, test } from "vitest";
import type { TaskRow } from "../../src/task/task.store.ts";
import { type Desk, openDesk } from "./desk.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

onEveryStore((openStore) => {
  describe("needing others", () => {
    test("by id and by key: it is blocked until all of them have completed", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const second = await desk.submit({ key: "second" });
      const last = await desk.submit({ needs: [`task-${first.id}`, "second"], priority: 9 });
      expect(last).toMatchObject({ state: "blocked", blocked_by: 2 });
      await desk.run(first);
      expect(await desk.task(last)).toMatchObject({ state: "blocked", blocked_by: 1 });
      await desk.run(second);
      expect(await desk.task(last)).toMatchObject({ state: "queued", blocked_by: 0 });
    });

    test("one that has completed already needs no waiting", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      await desk.run(first);
      expect((await desk.submit({ needs: [`task-${first.id}`] })).state).toBe("queued");
    });

    test("the same task twice, by id and by key, counts once", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit({ key: "first" });
      expect((await desk.submit({ needs: ["first", `task-${first.id}`, "first"] })).blocked_by).toBe(1);
    });

    test("one that does not exist is not_found, and nothing is submitted", async () => {
      const desk = await openDesk(openStore);
      const refused = desk.submit({ key: "mine", needs: ["nobody"] });
      await expect(refused).rejects.toMatchObject({ code: "not_found", data: { taskId: "nobody" } });
      await expect(desk.task("mine")).rejects.toThrow();
    });

    test("itself is refused, by key at submit and by id later", async () => {
      const desk = await openDesk(openStore);
      await expect(desk.submit({ key: "me", needs: ["me"] })).rejects.toMatchObject({
        code: "conflict",
        data: { cycle: ["me", "me"] },
      });
      const task = await desk.submit();
      const name = `task-${task.id}`;
      await expect(desk.update(task, { needs: [name] })).rejects.toMatchObject({
        code: "conflict",
        data: { cycle: [name, name] },
      });
    });

    test("a circle is refused with its path, and nothing has changed", async () => {
      const desk = await openDesk(openStore);
      const [a] = await chain(desk, ["a", "b", "c", "d"]);
      const refused = desk.update(a, { needs: ["d"], priority: 5 });
      await expect(refused).rejects.toMatchObject({ code: "conflict", data: { cycle: ["a", "d", "c", "b", "a"] } });
      await expect(refused).rejects.toThrow("a → d → c → b → a");
      expect(await desk.task(a)).toEqual(a);
    });

    test("a diamond is no circle", async () => {
      const desk = await openDesk(openStore);
      const { top, left, right, bottom } = await diamond(desk, "block");
      expect(await desk.update(bottom, { needs: ["top", "left", "right"] })).toMatchObject({ state: "blocked" });
      await desk.run(top);
      expect([await desk.state(left), await desk.state(right), await desk.state(bottom)]).toEqual([
        "queued",
        "queued",
        "blocked",
      ]);
      await desk.run(left);
      expect(await desk.state(bottom)).toBe("blocked");
      await desk.run(right);
      expect(await desk.state(bottom)).toBe("queued");
    });

    test("a thousand that wait for one are let go by its end, together", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const waiting = await Promise.all(times(1000, () => desk.submit({ needs: [`task-${first.id}`] })));
      await desk.run(first);
      const states = await Promise.all(waiting.map((task) => desk.state(task)));
      expect(new Set(states)).toEqual(new Set(["queued"]));
    });
  });

  describe("what a task needs can change while it waits", () => {
    test("a need that is added blocks a queued task; when all are taken away it is queued again", async () => {
      const desk = await openDesk(openStore);
      const [first, second] = [await desk.submit(), await desk.submit()];
      await desk.update(second, { needs: [`task-${first.id}`] });
      expect(await desk.task(second)).toMatchObject({ state: "blocked", blocked_by: 1 });
      await desk.update(second, { needs: [] });
      expect(await desk.task(second)).toMatchObject({ state: "queued", blocked_by: 0 });
    });

    test("a scheduled task that is given a need waits for both", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const second = await desk.submit({ notBefore: "2026-01-05T09:00:00Z" });
      await desk.update(second, { needs: [`task-${first.id}`] });
      expect(await desk.state(second)).toBe("blocked");
      await desk.run(first);
      expect(await desk.state(second)).toBe("scheduled");
    });

    test("not while it runs", async () => {
      const desk = await openDesk(openStore);
      const [first, other] = [await desk.submit(), await desk.submit()];
      await desk.claim();
      const refused = desk.update(first, { needs: [`task-${other.id}`] });
      await expect(refused).rejects.toMatchObject({ code: "conflict" });
      expect((await desk.task(first)).blocked_by).toBe(0);
    });

    test("not when it is finished", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.cancel(task);
      await expect(desk.update(task, { priority: 3 })).rejects.toMatchObject({ code: "conflict" });
    });

    test("a parked task that is resumed while its new need is open is blocked, not queued", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.run(task, { exit: 77 });
      const first = await desk.submit();
      await desk.update(task, { needs: [`task-${first.id}`] });
      expect(await desk.task(task)).toMatchObject({ state: "parked", parked_reason: "question" });
      await desk.resume(task);
      expect(await desk.state(task)).toBe("blocked");
      await desk.run(first);
      expect(await desk.state(task)).toBe("queued");
    });
  });

  describe("when a task that others need does not complete", () => {
    test.each([
      ["block", "blocked"],
      ["fail", "failed"],
      ["continue", "queued"],
    ])("the policy %s leaves the one behind it %s", async (policy, state) => {
      const desk = await openDesk(openStore);
      const first = await desk.submit();
      const second = await desk.submit({ needs: [`task-${first.id}:${policy}`] });
      await desk.cancel(first);
      expect(await desk.state(second)).toBe(state);
    });

    test.each([
      ["block", ["cancelled", "blocked", "blocked", "blocked"]],
      ["fail", ["cancelled", "failed", "failed", "failed"]],
      ["continue", ["cancelled", "queued", "blocked", "blocked"]],
    ] as const)("the policy %s goes down a chain", async (policy, states) => {
      const desk = await openDesk(openStore);
      const tasks = await chain(desk, ["a", "b", "c", "d"], policy);
      await desk.cancel(tasks[0]);
      expect(await Promise.all(tasks.map((task) => desk.state(task)))).toEqual(states);
    });

    test("a chain that fails says at each link that a need has failed", async () => {
      const desk = await openDesk(openStore);
      const tasks = await chain(desk, ["a", "b", "c"], "fail");
      await desk.cancel(tasks[0]);
      const reasons = await Promise.all(tasks.map(async (task) => (await desk.task(task)).end_reason));
      expect(reasons).toEqual([null, "need_failed", "need_failed"]);
    });

    test("at the bottom of a diamond one side that fails is enough", async () => {
      const desk = await openDesk(openStore);
      const { top, left, right, bottom } = await diamond(desk, "fail");
      await desk.run(top);
      await desk.cancel(left);
      expect([await desk.state(right), await desk.state(bottom)]).toEqual(["queued", "failed"]);
      await desk.run(right);
      expect(await desk.state(bottom)).toBe("failed");
    });

    test("a diamond whose top is cancelled fails once at its bottom", async () => {
      const desk = await openDesk(openStore);
      const { top, bottom } = await diamond(desk, "fail");
      await desk.cancel(top);
      const failures = await desk.store.read.all(
        "SELECT id FROM event WHERE task_id = ? AND topic = 'task.failed'",
        bottom.id,
      );
      expect(failures).toHaveLength(1);
    });

    test("with mixed policies each edge speaks for itself", async () => {
      const desk = await openDesk(openStore);
      const [a, b] = [await desk.submit({ key: "a" }), await desk.submit({ key: "b" })];
      const task = await desk.submit({ needs: ["a:continue", "b:block"] });
      await desk.cancel(a);
      expect(await desk.task(task)).toMatchObject({ state: "blocked", blocked_by: 1 });
      await desk.run(b);
      expect(await desk.state(task)).toBe("queued");
    });

    test("a parked task whose need says fail ends with it", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.run(task, { exit: 77 });
      const first = await desk.submit();
      await desk.update(task, { needs: [`task-${first.id}:fail`] });
      await desk.cancel(first);
      expect(await desk.task(task)).toMatchObject({ state: "failed", end_reason: "need_failed", parked_reason: null });
    });

    test("one that was submitted behind a failure with the policy fail has failed at once, and told so", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit({ key: "first" });
      await desk.cancel(first);
      const late = await desk.submit({ needs: ["first:fail"] });
      expect(late).toMatchObject({ state: "failed", end_reason: "need_failed" });
      expect((await desk.submit({ needs: [`task-${late.id}:fail`] })).state).toBe("failed");
    });

    test("a task may not be changed to need a failure with the policy fail", async () => {
      const desk = await openDesk(openStore);
      const first = await desk.submit({ key: "first" });
      await desk.cancel(first);
      const task = await desk.submit();
      await expect(desk.update(task, { needs: ["first:fail"] })).rejects.toMatchObject({ code: "conflict" });
      expect(await desk.task(task)).toMatchObject({ state: "queued", blocked_by: 0 });
    });
  });
});

type Policy = "block" | "fail" | "continue";

/** Each needs the one before it. */
async function chain<const Keys extends readonly string[]>(desk: Desk, keys: Keys, policy: Policy = "block") {
  const tasks: TaskRow[] = [];
  for (const [at, key] of keys.entries()) {
    tasks.push(await desk.submit({ key, needs: at === 0 ? [] : [`${keys[at - 1]}:${policy}`] }));
  }
  return tasks as { -readonly [K in keyof Keys]: TaskRow };
}

async function diamond(desk: Desk, policy: Policy) {
  return {
    top: await desk.submit({ key: "top" }),
    left: await desk.submit({ key: "left", needs: [`top:${policy}`] }),
    right: await desk.submit({ key: "right", needs: [`top:${policy}`] }),
    bottom: await desk.submit({ key: "bottom", needs: [`left:${policy}`, `right:${policy}`] }),
  };
}
