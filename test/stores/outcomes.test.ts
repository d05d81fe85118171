import { describe, expect, test } from "vitest";
import { unhealthyAgents } from "../../src/agent/agent.store.ts";
import type { Outcome, StopReason } from "../../src/run/outcome.ts";
import { requestStop, runById } from "../../src/run/run.store.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { anAgent } from "../builders.ts";
import { type Desk, type HowItEnds, openDesk } from "./desk.ts";
import { eventsOf } from "./history.ts";
import { onEveryStore } from "./on-every-store.ts";

interface Row {
  readonly how: HowItEnds;
  readonly outcome: Outcome;
  readonly task: Partial<TaskRow>;
}

/** What the end of a run does to a task with three attempts, of which none is spent. Times are ms after the end. */
const TABLE: Readonly<Record<string, Row>> = {
  "exit 0": { how: { exit: 0 }, outcome: "completed", task: { state: "completed", attempts_spent: 0 } },
  "exit 0 and a result that says failed": {
    how: { exit: 0, result: { outcome: "failed", reason: "no licence" } },
    outcome: "failed",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "exit 1": { how: { exit: 1 }, outcome: "failed", task: { state: "scheduled", attempts_spent: 1 } },
  "a signal that killed it": { how: { exit: 137 }, outcome: "failed", task: { state: "scheduled", attempts_spent: 1 } },
  "its wall time is up": {
    how: { exit: 143, stop: "wall_timeout" },
    outcome: "failed",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "it was silent for too long": {
    how: { exit: 143, stop: "idle_timeout" },
    outcome: "failed",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "it did not start in time": {
    how: { exit: null, stop: "start_timeout" },
    outcome: "failed",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "it printed too much": {
    how: { exit: 143, stop: "output_limit" },
    outcome: "failed",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "exit 75, a limit": {
    how: { exit: 75 },
    outcome: "limited",
    task: { state: "parked", parked_reason: "limit", attempts_spent: 0 },
  },
  "exit 77, a question": {
    how: { exit: 77, result: { question: "Which?" } },
    outcome: "yielded",
    task: { state: "parked", parked_reason: "question", parked_note: "Which?", parked_until: null, attempts_spent: 0 },
  },
  "exit 77, an approval": {
    how: { exit: 77, result: { waitsFor: "approval" } },
    outcome: "yielded",
    task: { state: "parked", parked_reason: "approval", attempts_spent: 0 },
  },
  "its budget is spent": {
    how: { known: { outcome: "budget", reason: "10 € are spent" } },
    outcome: "budget",
    task: { state: "parked", parked_reason: "budget", parked_note: "10 € are spent", attempts_spent: 0 },
  },
  "exit 78, its configuration": {
    how: { exit: 78 },
    outcome: "configuration",
    task: { state: "parked", parked_reason: "person", attempts_spent: 0 },
  },
  "its process is gone without a word": {
    how: { exit: null },
    outcome: "lost",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "it was given up": {
    how: { exit: null, stop: "abandoned" },
    outcome: "lost",
    task: { state: "scheduled", attempts_spent: 1 },
  },
  "no process was ever made": {
    how: { exit: null, known: { outcome: "never_started", reason: "fork failed" } },
    outcome: "never_started",
    task: { state: "queued", attempts_spent: 0 },
  },
  "it cannot work, however often": {
    how: { exit: null, known: { outcome: "failed", reason: "no directory", permanent: true } },
    outcome: "failed",
    task: { state: "failed", end_reason: "no directory", attempts_spent: 1 },
  },
  "a person cancelled it": {
    how: { exit: 143, stop: "cancelled" },
    outcome: "cancelled",
    task: { state: "cancelled", attempts_spent: 0 },
  },
};

onEveryStore((openStore) => {
  describe("what the end of a run does to its task", () => {
    test.each(Object.entries(TABLE))("%s", async (_, { how, outcome, task }) => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, how);
      expect(await runById(desk.store.read, run.id)).toMatchObject({
        state: "ended",
        outcome,
        ended_at: desk.clock.now(),
      });
      expect(await desk.task(row)).toMatchObject(task);
      expect((await eventsOf(desk.store, row)).filter((topic) => topic === "run.ended")).toHaveLength(1);
    });

    test.each([
      ["a limit until the moment that the agent says", { retryAt: "2026-01-05T08:20:00Z" }, 20],
      ["a limit of a quarter of an hour where it says none", undefined, 15],
      ["the same where it says a moment that cannot be meant", { retryAt: "+275760-09-13T00:00:00Z" }, 15],
    ])("%s", async (_, result, minutes) => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, { exit: 75, result });
      expect((await desk.task(row)).parked_until).toBe(desk.clock.now() + minutes * 60_000);
    });

    test("the backoff doubles from ten seconds, and the last attempt fails the task with its reason", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      const waits: number[] = [];
      await desk.settle(run, { exit: 3 });
      for (let after = await desk.task(row); after.state === "scheduled"; after = await desk.task(row)) {
        const wait = (after.not_before ?? 0) - desk.clock.now();
        waits.push(wait);
        desk.clock.advance(wait - 1);
        expect(await desk.claim()).toBeUndefined();
        desk.clock.advance(1);
        await desk.run(row, { exit: 3 });
      }
      expect(waits).toEqual([10_000, 20_000]);
      expect(await desk.task(row)).toMatchObject({ state: "failed", attempts_spent: 3, end_reason: "exit 3" });
    });

    test("attempts come from the task, else from its role, else from the limits", async () => {
      const spentAtEnd = async (task: number | undefined, role: number | undefined) => {
        const desk = await openDesk(openStore, {
          roles: { default: { agent: "worker", ...(role && { attempts: role }) } },
          limits: { taskAttempts: 4 },
        });
        const row = await desk.submit(task ? { attempts: task } : {});
        while ((await desk.state(row)) !== "failed") {
          desk.clock.advance(3_600_000);
          await desk.run(row, { exit: 1 });
        }
        return (await desk.task(row)).attempts_spent;
      };
      expect([await spentAtEnd(1, 2), await spentAtEnd(undefined, 2), await spentAtEnd(undefined, undefined)]).toEqual([
        1, 2, 4,
      ]);
    });

    test("a lost run parks the task for a person where its role says so, and when no attempt is left", async () => {
      const park = await aRunningTask(openStore, { onLost: "park" });
      await park.desk.settle(park.run, { exit: null });
      expect(await park.desk.task(park.row)).toMatchObject({ state: "parked", parked_reason: "person" });
      const last = await aRunningTask(openStore, { attempts: 1 });
      await last.desk.settle(last.run, { exit: null });
      expect(await last.desk.task(last.row)).toMatchObject({ state: "parked", parked_reason: "person" });
    });

    test("a wrong configuration marks the agent unhealthy, once, and says why", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, { exit: 78, result: { reason: "not logged in" } });
      expect(await unhealthyAgents(desk.store.read)).toEqual(new Map([["worker", "not logged in"]]));
      expect(await desk.task(row)).toMatchObject({ parked_note: "not logged in" });
    });

    test("what the agent leaves is the task's result: its file, else the end of what it printed", async () => {
      const desk = await openDesk(openStore);
      const [first, second] = [await desk.submit(), await desk.submit()];
      await desk.run(first, { result: { answer: 42 }, printed: "noise" });
      await desk.run(second, { printed: "the last words" });
      const resultOf = async ({ id }: TaskRow) => (await desk.call("task.get", { taskId: `task-${id}` })).result;
      expect(await resultOf(first)).toEqual({ from: "file", value: { answer: 42 } });
      expect(await resultOf(second)).toEqual({ from: "stdout", value: "the last words" });
    });

    test("a run that never started does not wipe out what an earlier one left", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, { exit: 77, result: { question: "Which?" } });
      await desk.resume(row);
      await desk.run(row, { exit: null, known: { outcome: "never_started", reason: "fork failed" } });
      expect((await desk.call("task.get", { taskId: `task-${row.id}` })).result).toMatchObject({ from: "file" });
    });
  });

  describe("why Steward ended a run is stronger than what the agent says", () => {
    test.each<[StopReason, string]>([
      ["cancelled", "cancelled"],
      ["wall_timeout", "scheduled"],
      ["idle_timeout", "scheduled"],
      ["start_timeout", "scheduled"],
      ["output_limit", "scheduled"],
      ["abandoned", "scheduled"],
    ])("%s, though it exits with 0 and says completed", async (stop, state) => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, { exit: 0, result: { outcome: "completed" }, stop });
      expect(await desk.state(row)).toBe(state);
    });

    test("the first reason stands: a task that is cancelled while its timeout ends it is cancelled and not tried again", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.store.write((tx) => requestStop(tx, run, "wall_timeout", "host:clock"));
      await desk.cancel(row);
      await desk.settle(run, { exit: 143 });
      expect(await runById(desk.store.read, run.id)).toMatchObject({ outcome: "failed", reason: "wall_timeout" });
      expect(await desk.state(row)).toBe("cancelled");
    });
  });

  describe("an end is recorded once", () => {
    test("the second one changes nothing, whatever it says", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, { exit: 1, result: "first" });
      const after = [await desk.task(row), await runById(desk.store.read, run.id), await eventsOf(desk.store, row)];
      await desk.settle(run, { exit: 0, result: "second" });
      expect([await desk.task(row), await runById(desk.store.read, run.id), await eventsOf(desk.store, row)]).toEqual(
        after,
      );
    });

    test("of twenty that come at once one counts", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await Promise.all(Array.from({ length: 20 }, (_, n) => desk.settle(run, { exit: n % 2 })));
      expect((await eventsOf(desk.store, row)).filter((topic) => topic === "run.ended")).toHaveLength(1);
      expect((await desk.task(row)).attempts_spent).toBeLessThanOrEqual(1);
    });

    test("an old run cannot end the task while another one is at it", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle(run, { exit: 1 });
      desk.clock.advance(60_000);
      const second = await desk.claim();
      await desk.settle(run, { exit: 0 });
      expect(await desk.state(row)).toBe("running");
      if (second) await desk.settle(second.run, { exit: 0 });
      expect(await desk.task(row)).toMatchObject({ state: "completed" });
      expect(second?.run.number).toBe(2);
    });

    test("a stale lease holder cannot end the run", async () => {
      const { desk, run, row } = await aRunningTask(openStore);
      await desk.settle({ ...run, token: "of somebody else" }, { exit: 0 });
      expect(await desk.state(row)).toBe("running");
      await desk.settle(run, { exit: 0 });
      expect(await desk.state(row)).toBe("completed");
    });
  });
});

interface Setting {
  readonly onLost?: "park";
  readonly attempts?: number;
}

async function aRunningTask(openStore: Parameters<typeof openDesk>[0], setting: Setting = {}) {
  const desk: Desk = await openDesk(openStore, {
    agents: { worker: anAgent() },
    roles: { default: { agent: "worker", wipLimit: 5, ...setting } },
  });
  const row = await desk.submit();
  const claim = await desk.claim();
  if (!claim) throw new Error("nothing was claimed");
  return { desk, row, run: claim.run };
}
