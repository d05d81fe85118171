import fc from "fast-check";
import { expect, test } from "vitest";
import { markHealthy } from "../../src/agent/agent.store.ts";
import { Refusal } from "../../src/core/refusal.ts";
import type { Claim } from "../../src/run/claim.store.ts";
import { STOP_REASONS } from "../../src/run/outcome.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { isFinal, NEED_POLICIES } from "../../src/task/task.ts";
import { anAgent } from "../builders.ts";
import { type Desk, type HowItEnds, openDesk } from "./desk.ts";
import { aChildOf, aRollUp } from "./family.ts";
import { brokenLaws } from "./laws.ts";
import { onEveryStore } from "./on-every-store.ts";

/** Histories that are played, and the longest of them. A failure is shrunk to the shortest that still fails. */
const HISTORIES = process.env.STEWARD_SOAK === "1" ? 200 : 40;
const LONGEST = 60;
const SEED = 20260105;

/** A hundred thousand statements: on a database that is a process of its own, and a busy machine, they take minutes. */
const PATIENCE_MS = 300_000;

const MAX_RUNS = 3;
const WIP_LIMITS = { builder: 2, tester: 2, paused: 0 };

onEveryStore((openStore) => {
  test(
    "whatever is submitted, claimed, ended, cancelled, retried and changed, in any order, the laws hold after each step",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: LONGEST, size: "max" }), async (steps) => {
          const desk = await openDesk(openStore, {
            agents: { worker: anAgent(), other: anAgent() },
            roles: {
              builder: { agent: "worker", wipLimit: WIP_LIMITS.builder },
              tester: { agent: "other", wipLimit: WIP_LIMITS.tester, onLost: "park", attempts: 2 },
              paused: { agent: "worker", wipLimit: WIP_LIMITS.paused },
            },
            maxRuns: MAX_RUNS,
          });
          await play(desk, steps);
          await desk.store.close();
        }),
        { numRuns: HISTORIES, seed: SEED },
      );
    },
    PATIENCE_MS,
  );
});

/** A number that stands for one of the tasks or runs there are then. */
const one = fc.nat({ max: 1000 });
const role = fc.constantFrom("builder", "builder", "builder", "tester", "tester", "paused", "nobody");
const minutes = fc.integer({ min: 1, max: 30 });
const needs = fc.array(fc.record({ one, policy: fc.constantFrom(...NEED_POLICIES) }), { maxLength: 3 });

/** Null two times out of three. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant<HowItEnds>({ exit: 0 }) },
  { weight: 2, arbitrary: fc.constant<HowItEnds>({ exit: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom<HowItEnds>({ exit: 75 }, { exit: 77 }, { exit: 78 }, { exit: null }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<HowItEnds>(
      { known: { outcome: "never_started", reason: "test" } },
      { known: { outcome: "budget", reason: null } },
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...STOP_REASONS).map((stop): HowItEnds => ({ exit: 0, stop })) },
);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      role,
      needs: seldom(needs),
      priority: fc.integer({ min: -2, max: 2 }),
      later: seldom(minutes),
      agent: seldom(fc.constantFrom("worker", "other", "ghost")),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("claim" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("settle" as const), one, how: ending }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cancel", "retry", "resume"), one }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("update" as const),
      one,
      needs: seldom(needs),
      later: seldom(minutes),
      priority: seldom(fc.integer({ min: -2, max: 2 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("child", "family"), one, many: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("heal" as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function play(desk: Desk, steps: readonly Step[]): Promise<void> {
  const claims: Claim[] = [];
  let finished = new Map<number, TaskRow>();
  for (const next of steps) {
    try {
      await act(desk, next, claims);
    } catch (error) {
      // A "no" is an answer; everything else is a bug.
      if (!(error instanceof Refusal)) throw error;
    }
    const bounds = { maxRuns: MAX_RUNS, wipLimits: WIP_LIMITS, now: desk.clock.now() };
    expect(await brokenLaws(desk.store, bounds)).toEqual([]);
    const now = await finishedTasks(desk);
    for (const [id, row] of finished) expect(now.get(id)).toEqual(row);
    finished = now;
  }
}

async function act(desk: Desk, next: Step, claims: Claim[]): Promise<unknown> {
  const tasks = await desk.store.read.all<TaskRow>("SELECT * FROM task ORDER BY id");
  const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % Math.max(1, list.length)];
  const edges = (wanted: readonly { one: number; policy: string }[]) =>
    wanted.flatMap((need) => {
      const on = pick(tasks, need.one);
      return on ? [`task-${on.id}:${need.policy}`] : [];
    });
  const time = (after: number) => new Date(desk.clock.now() + after * 60_000).toISOString();
  switch (next.do) {
    case "submit":
      return await desk.submit({
        role: next.role,
        priority: next.priority,
        needs: edges(next.needs ?? []),
        ...(next.later !== null && { notBefore: time(next.later) }),
        ...(next.agent !== null && { agent: next.agent }),
      });
    case "claim": {
      const claim = await desk.claim();
      return claim && claims.push(claim);
    }
    case "settle": {
      const claim = pick(claims, next.one);
      if (!claim) return;
      claims.splice(claims.indexOf(claim), 1);
      return await desk.settle(claim.run, next.how);
    }
    case "heal":
      return await desk.store.write(async (tx) => {
        for (const agent of ["worker", "other"]) await markHealthy(tx, agent, "person:ada");
      });
    case "wait":
      return desk.clock.advance(next.minutes * 60_000);
  }
  const task = pick(likely(tasks, next.do), next.one);
  if (!task) return;
  switch (next.do) {
    case "cancel":
      return await desk.cancel(task);
    case "retry":
      return await desk.retry(task);
    case "resume":
      return await desk.resume(task);
    case "child":
      return isFinal(task.state) ? undefined : await aChildOf(desk, task, `child of ${task.id}`);
    case "family":
      return await aRollUp(desk, "family", Array(next.many).fill("member"), isFinal(task.state) ? undefined : task);
    case "update":
      return await desk.update(task, {
        ...(next.needs !== null && { needs: edges(next.needs) }),
        ...(next.later !== null && { notBefore: time(next.later) }),
        ...(next.priority !== null && { priority: next.priority }),
      });
  }
}

/** Those of which something can come, twice; and all, because a "no" must not change anything either. */
function likely(tasks: readonly TaskRow[], what: Step["do"]): readonly TaskRow[] {
  const fits = tasks.filter(({ state }) => {
    if (what === "retry") return state === "failed" || state === "cancelled";
    return what === "resume" ? state === "parked" : !isFinal(state);
  });
  return [...fits, ...fits, ...tasks];
}

async function finishedTasks(desk: Desk): Promise<Map<number, TaskRow>> {
  const rows = await desk.store.read.all<TaskRow>("SELECT * FROM task WHERE finished_at IS NOT NULL");
  return new Map(rows.map((row) => [row.id, row]));
}
