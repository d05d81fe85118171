import { expect, test } from "vitest";
import { type TaskRow, taskDetail } from "../../src/task/task.store.ts";
import { openDesk } from "./desk.ts";
import { aChildOf, aRollUp } from "./family.ts";
import { onEveryStore } from "./on-every-store.ts";

onEveryStore((openStore) => {
  test("a retry is a new task with everything that the old one said; the old one stays as it ended", async () => {
    const desk = await openDesk(openStore);
    const old = await desk.submit({
      key: "fix",
      prompt: "Fix it",
      title: "Fix",
      priority: 4,
      agent: "worker",
      attempts: 1,
      cwd: "/srv",
      timeoutSeconds: 60,
      data: { n: 1 },
    });
    const failed = await desk.run(old, { exit: 1 });
    const fresh = await desk.retry(old);
    expect(fresh).toMatchObject({
      state: "queued",
      retry_of: old.id,
      key: null,
      title: "Fix",
      priority: 4,
      agent: "worker",
      class_id: old.class_id,
      max_attempts: 1,
      attempts_spent: 0,
      end_reason: null,
    });
    const { task_id: _, result: __, ...said } = await taskDetail(desk.store.read, old.id);
    expect(await taskDetail(desk.store.read, fresh.id)).toMatchObject(said);
    expect(await desk.task(old)).toEqual(failed);
  });

  test("whoever waited for the old one waits for the new one", async () => {
    const desk = await openDesk(openStore);
    const old = await desk.submit();
    const waiting = await desk.submit({ needs: [`task-${old.id}`] });
    await desk.cancel(old);
    const fresh = await desk.retry(old);
    expect(await desk.call("task.get", { taskId: `task-${waiting.id}` })).toMatchObject({
      needs: [{ taskId: `task-${fresh.id}`, met: false }],
    });
    await desk.run(fresh);
    expect(await desk.state(waiting)).toBe("queued");
  });

  test("what went on without the old one is not called back", async () => {
    const desk = await openDesk(openStore);
    const old = await desk.submit();
    const onward = await desk.submit({ needs: [`task-${old.id}:continue`] });
    await desk.cancel(old);
    await desk.retry(old);
    expect(await desk.task(onward)).toMatchObject({ state: "queued", blocked_by: 0 });
  });

  test("the new one needs what the old one needed, and waits for what is still open of it", async () => {
    const desk = await openDesk(openStore);
    const [done, open] = [await desk.submit({ priority: 9 }), await desk.submit()];
    await desk.run(done);
    const old = await desk.submit({ needs: [`task-${done.id}`, `task-${open.id}`] });
    await desk.cancel(old);
    const fresh = await desk.retry(old);
    expect(fresh).toMatchObject({ state: "blocked", blocked_by: 1 });
    await desk.run(open);
    expect(await desk.state(fresh)).toBe("queued");
  });

  test("a chain that failed can be done again from its beginning, link by link", async () => {
    const desk = await openDesk(openStore);
    const first = await desk.submit({ key: "first" });
    const second = await desk.submit({ key: "second", needs: ["first:fail"] });
    await desk.cancel(first);
    expect(await desk.state(second)).toBe("failed");
    const again = await desk.retry(first);
    const then = await desk.retry(second);
    expect(await desk.state(then)).toBe("blocked");
    await desk.run(again);
    expect(await desk.state(then)).toBe("queued");
  });

  test.each(["queued", "completed"])("a task that is %s is not retried: conflict", async (state) => {
    const desk = await openDesk(openStore);
    const task = await desk.submit();
    if (state === "completed") await desk.run(task);
    await expect(desk.retry(task)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a sub-task that is done again still belongs to its parent, which waits for it", async () => {
    const desk = await openDesk(openStore);
    const { parent, children } = await aRollUp(desk, "parent", ["first", "second"]);
    const [first, second] = children as [TaskRow, TaskRow];
    await desk.cancel(first);
    const fresh = await desk.retry(first);
    expect(fresh.parent_id).toBe(parent.id);
    await desk.run(second);
    expect(await desk.state(parent)).toBe("blocked");
    await desk.run(fresh);
    expect(await desk.state(parent)).toBe("completed");
  });

  test("a parent whose failed sub-task succeeded when it was done again has not failed", async () => {
    const desk = await openDesk(openStore);
    const { parent, children } = await aRollUp(desk, "parent", ["first", "second"]);
    const [first, second] = children as [TaskRow, TaskRow];
    await desk.update(first, { attempts: 1 });
    await desk.run(first, { exit: 1 });
    const fresh = await desk.retry(first);
    await desk.run(second);
    await desk.run(fresh);
    expect(await desk.state(parent)).toBe("completed");
  });

  test("a sub-task whose parent has ended is done again without one", async () => {
    const desk = await openDesk(openStore);
    const parent = await desk.submit({ priority: 1 });
    const child = await aChildOf(desk, parent, "child");
    await desk.cancel(parent);
    await desk.cancel(child);
    expect((await desk.retry(child)).parent_id).toBeNull();
  });

  test("a parent that only rolled up is done again as a parent of what had not completed, and of nothing else", async () => {
    const desk = await openDesk(openStore);
    const { parent, children } = await aRollUp(desk, "parent", ["good", "bad"]);
    const [good, bad] = children as [TaskRow, TaskRow];
    const waiting = await desk.submit({ needs: [`task-${parent.id}`] });
    await desk.update(bad, { attempts: 1 });
    await desk.run(good);
    await desk.run(bad, { exit: 1 });
    expect(await desk.state(parent)).toBe("failed");
    const again = await desk.retry(parent);
    expect(again).toMatchObject({ state: "blocked", rolls_up: 1, open_children: 1 });
    const claimed = await desk.claim();
    expect(claimed?.task).toMatchObject({ parent_id: again.id, retry_of: bad.id });
    if (claimed) await desk.settle(claimed.run);
    expect(await desk.state(again)).toBe("completed");
    expect(await desk.state(waiting)).toBe("queued");
  });

  test("what needs a failed task with the policy fail cannot be done again before that one is", async () => {
    const desk = await openDesk(openStore);
    const first = await desk.submit({ attempts: 1 });
    const second = await desk.submit({ needs: [`task-${first.id}:fail`] });
    await desk.run(first, { exit: 1 });
    expect(await desk.state(second)).toBe("failed");
    await expect(desk.retry(second)).rejects.toMatchObject({ code: "conflict" });
  });
});
