import { describe, expect, test } from "vitest";
import type { TaskRow } from "../../src/task/task.store.ts";
import { isFinal, TASK_STATES, type TaskState } from "../../src/task/task.ts";
import { type Move, moveTask } from "../../src/task/task-move.store.ts";
import { type Desk, openDesk } from "./desk.ts";
import { eventsOf, isAllowed } from "./history.ts";
import { onEveryStore } from "./on-every-store.ts";

const PAIRS = TASK_STATES.flatMap((from) => TASK_STATES.map((to) => [from, to] as const));
const WAITING = ["blocked", "scheduled", "queued", "parked"] as const;
const FINAL = TASK_STATES.filter(isFinal);

onEveryStore((openStore) => {
  describe("every move from state to state", () => {
    test.each(
      PAIRS.filter(([from, to]) => from !== to && isAllowed(from, to)),
    )("%s may become %s", async (from, to) => {
      const desk = await openDesk(openStore);
      const task = await taskThatIs(desk, from);
      await move(desk, task, to);
      expect(await desk.state(task)).toBe(to);
    });

    test("no other is possible, and what was refused has changed nothing", async () => {
      const desk = await openDesk(openStore);
      const possible: string[] = [];
      for (const [from, to] of PAIRS.filter(([from, to]) => from !== to && !isAllowed(from, to))) {
        const task = await taskThatIs(desk, from);
        const events = await eventsOf(desk.store, task);
        await move(desk, task, to).then(
          () => possible.push(`${from} → ${to}`),
          () => {},
        );
        if (possible.length === 0) {
          expect([await desk.task(task), await eventsOf(desk.store, task)]).toEqual([task, events]);
        }
      }
      expect(possible).toEqual([]);
    });

    test.each(FINAL)("what is %s is so once: it cannot become it again", async (state) => {
      const desk = await openDesk(openStore);
      const task = await taskThatIs(desk, state);
      desk.clock.advance(1000);
      await expect(move(desk, task, state)).rejects.toThrow(/may not go from/);
      expect(await desk.task(task)).toEqual(task);
    });

    test("a move from a state that it has left by now is refused", async () => {
      const desk = await openDesk(openStore);
      const stale = await desk.submit();
      await desk.cancel(stale);
      await expect(move(desk, stale, "running")).rejects.toThrow(/no longer queued/);
    });
  });

  describe("the tables themselves refuse", () => {
    test.each([
      ["a finished task that waits again", "completed", "state = 'queued'"],
      ["a failed task that runs again", "failed", "state = 'running'"],
      ["a queued task that is finished without a time", "queued", "state = 'completed'"],
      ["a parked task without a reason", "queued", "state = 'parked'"],
      ["a reason on a task that is not parked", "queued", "parked_reason = 'person'"],
      ["a reason that does not exist", "parked", "parked_reason = 'mood'"],
      ["a state that does not exist", "queued", "state = 'thinking'"],
      ["a queued task with an open need", "queued", "blocked_by = 1"],
      ["a blocked task that waits for nothing", "blocked", "blocked_by = 0"],
      ["a count below nothing", "queued", "open_children = -1"],
    ] as const)("%s", async (_, from, change) => {
      const desk = await openDesk(openStore);
      const task = await taskThatIs(desk, from);
      const attempt = desk.store.write((tx) => tx.run(`UPDATE task SET ${change} WHERE id = ?`, task.id));
      await expect(attempt).rejects.toThrow(/constraint/i);
      expect(await desk.task(task)).toEqual(task);
    });

    test("a second live run of one task", async () => {
      const desk = await openDesk(openStore);
      await taskThatIs(desk, "running");
      const copy = `INSERT INTO run(project_id, task_id, host_id, number, stage, role, agent, agent_version, token, state, created_at)
        SELECT project_id, task_id, host_id, 2, stage, role, agent, agent_version, 'other', state, created_at FROM run`;
      await expect(desk.store.write((tx) => tx.run(copy))).rejects.toThrow(/unique/i);
    });

    test("a second task with the same key", async () => {
      const desk = await openDesk(openStore);
      await desk.submit({ key: "one" });
      const two = await desk.submit({ key: "two" });
      const attempt = desk.store.write((tx) => tx.run("UPDATE task SET key = 'one' WHERE id = ?", two.id));
      await expect(attempt).rejects.toThrow(/unique/i);
    });
  });

  describe("cancelling", () => {
    test.each(WAITING)("a task that is %s is cancelled at once", async (state) => {
      const desk = await openDesk(openStore);
      const task = await taskThatIs(desk, state);
      expect(await desk.cancel(task)).toMatchObject({ cancelled: true, state: "cancelled" });
      const after = await desk.task(task);
      expect(after).toMatchObject({ state: "cancelled", finished_at: desk.clock.now(), parked_reason: null });
      desk.clock.advance(86_400_000);
      expect((await desk.claimAll()).map((claim) => claim.task.id)).not.toContain(task.id);
    });

    test("a running task is `stopping` until its run has ended, and then cancelled", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      const claim = await desk.claim();
      expect(await desk.cancel(task)).toMatchObject({ cancelled: true, state: "stopping" });
      expect(await desk.state(task)).toBe("running");
      if (claim) await desk.settle(claim.run, { exit: 0 });
      expect(await desk.state(task)).toBe("cancelled");
    });

    test("twice is the same as once", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.claim();
      await desk.cancel(task);
      desk.clock.advance(5000);
      await desk.cancel(task);
      const events = await eventsOf(desk.store, task);
      expect(events.filter((topic) => topic === "task.cancel_requested")).toHaveLength(1);
      expect(events.filter((topic) => topic === "run.stop_requested")).toHaveLength(1);
    });

    test("a cancelled task is cancelled; a completed or failed one can no longer be", async () => {
      const desk = await openDesk(openStore);
      const cancelled = await taskThatIs(desk, "cancelled");
      expect(await desk.cancel(cancelled)).toMatchObject({ cancelled: true, state: "cancelled" });
      for (const state of ["completed", "failed"] as const) {
        const task = await taskThatIs(desk, state);
        await expect(desk.cancel(task)).rejects.toMatchObject({ code: "conflict", data: { state } });
      }
    });
  });

  describe("resuming", () => {
    test("a parked task is queued again with all its attempts, and the note is kept", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit({ attempts: 3 });
      await desk.run(task, { exit: 1 });
      desk.clock.advance(60_000);
      await desk.run(task, { exit: 77, result: { question: "Which licence?" } });
      expect(await desk.task(task)).toMatchObject({
        state: "parked",
        attempts_spent: 1,
        parked_note: "Which licence?",
      });
      await desk.resume(task, "MIT");
      expect(await desk.task(task)).toMatchObject({ state: "queued", attempts_spent: 0, parked_note: null });
      const event = await desk.store.read.get<{ data: string }>(
        "SELECT data FROM event WHERE task_id = ? AND topic = 'task.resumed'",
        task.id,
      );
      expect(JSON.parse(event?.data ?? "null")).toEqual({ note: "MIT", was: "question" });
    });

    test.each([
      "blocked",
      "scheduled",
      "queued",
      "running",
      "completed",
    ] as const)("a task that is %s is not parked: conflict", async (state) => {
      const desk = await openDesk(openStore);
      const task = await taskThatIs(desk, state);
      await expect(desk.resume(task)).rejects.toMatchObject({ code: "conflict" });
      expect(await desk.task(task)).toEqual(task);
    });
  });
});

/** A task that has come into that state by what the operations and runs do. */
async function taskThatIs(desk: Desk, state: TaskState): Promise<TaskRow> {
  const other =
    state === "blocked" ? await desk.submit({ prompt: "Never ends", notBefore: "2030-01-01T00:00:00Z" }) : undefined;
  const task = await desk.submit({
    // Nothing that another test left in the queue goes first.
    priority: (await desk.store.read.all("SELECT id FROM task")).length,
    attempts: 1,
    ...(other && { needs: [`task-${other.id}`] }),
    ...(state === "scheduled" && { notBefore: "2030-01-01T00:00:00Z" }),
  });
  switch (state) {
    case "running":
      await desk.claim();
      break;
    case "parked":
      await desk.run(task, { exit: 77 });
      break;
    case "completed":
      await desk.run(task);
      break;
    case "failed":
      await desk.run(task, { exit: 1 });
      break;
    case "cancelled":
      await desk.cancel(task);
  }
  const made = await desk.task(task);
  expect(made.state).toBe(state);
  return made;
}

/** With all that the other state asks for, so that only the move itself can be refused. */
function move(desk: Desk, row: TaskRow, to: TaskState): Promise<TaskRow> {
  const whole: Move = {
    to,
    actor: "host:test",
    blockedBy: to === "blocked" ? 1 : 0,
    ...(to === "scheduled" && { notBefore: desk.clock.now() + 60_000 }),
    ...(to === "parked" && { parked: { reason: "person", note: null, until: null } }),
  };
  return desk.store.write((tx) => moveTask(tx, row, whole));
}
