/** Random houses of roles and random luck: whatever comes of the stages, every task ends or waits for a person with a way out. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Claim } from "../../src/run/claim.store.ts";
import { endlessStages, Role } from "../../src/task/role.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { isFinal } from "../../src/task/task.ts";
import { anAgent } from "../builders.ts";
import { type Desk, type HowItEnds, openDesk } from "../stores/desk.ts";
import { aChildOf } from "../stores/family.ts";
import { brokenLaws } from "../stores/laws.ts";
import { onEveryStore } from "../stores/on-every-store.ts";

const HOUSES = process.env.STEWARD_SOAK === "1" ? 300 : 25;
const SEED = 20261121;
const NAMES = ["r0", "r1", "r2", "r3", "r4"] as const;
const LIMITS = { taskStages: 12, backoffFirstSeconds: 1, backoffMaxSeconds: 1 };
/** Far more than any of these histories needs: one that never comes to rest is a finding. */
const MOST_RUNS = 3_000;
const PATIENCE_MS = 300_000;

const someone = fc.option(fc.constantFrom(...NAMES), { nil: undefined });

const aRole = fc
  .record({
    gates: fc.array(fc.constantFrom("lint", "test"), { maxLength: 2 }).map((names) => [...new Set(names)]),
    completed: someone,
    failed: someone,
    subtasks: fc.option(fc.option(fc.constantFrom(...NAMES), { nil: null }), { nil: undefined }),
    maxLoops: fc.integer({ min: 0, max: 3 }),
    wipLimit: fc.integer({ min: 1, max: 2 }),
    attempts: fc.integer({ min: 1, max: 2 }),
    onLost: fc.constantFrom("retry" as const, "park" as const),
  })
  .map(({ completed, failed, subtasks, ...rest }) =>
    Role.parse({ agent: "worker", ...rest, next: { completed, failed, subtasks } }),
  );

const aHouse = fc
  .tuple(aRole, aRole, aRole, aRole, aRole)
  .map((roles) => Object.fromEntries(NAMES.map((name, at) => [name, roles[at] as Role])))
  .filter((roles) => endlessStages(roles) === undefined);

/** Who does the sub-tasks. */
const PARTS = Role.parse({ agent: "worker", wipLimit: 2, attempts: 2 });

const luck = fc.infiniteStream(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<HowItEnds>({}) },
    { weight: 2, arbitrary: fc.constant<HowItEnds>({ exit: 1 }) },
    { weight: 1, arbitrary: fc.constant<HowItEnds>({ result: { outcome: "failed", summary: "stuck" } }) },
    { weight: 1, arbitrary: fc.constant<HowItEnds>({ exit: null }) },
    { weight: 1, arbitrary: fc.constant<HowItEnds>({ known: { outcome: "never_started", reason: "test" } }) },
    { weight: 1, arbitrary: fc.constant<HowItEnds>({ exit: 77, result: { waitsFor: "subtasks" } }) },
    { weight: 1, arbitrary: fc.constant<HowItEnds>({ stop: "wall_timeout" }) },
  ),
);

const tasks = fc.array(
  fc.record({ role: fc.constantFrom(...NAMES), needs: fc.option(fc.nat({ max: 5 })), parts: fc.nat({ max: 2 }) }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

onEveryStore((openStore) => {
  test(
    "every task ends, or is parked with a reason and a way out; no role has more at once than it may",
    async () => {
      await fc.assert(
        fc.asyncProperty(aHouse, tasks, luck, async (roles, wanted, stream) => {
          const house = { ...roles, default: PARTS };
          const desk = await openDesk(openStore, { agents: { worker: anAgent() }, roles: house, limits: LIMITS });
          const parts = await submitAll(desk, wanted);
          const wipLimits = Object.fromEntries(
            Object.entries(house).map(([name, { wipLimit }]) => [name, wipLimit ?? 1]),
          );
          await playToRest(desk, parts, stream, wipLimits);
          for (const row of await unfinished(desk)) await mustHaveWayOut(desk, row);
          await desk.store.close();
        }),
        { numRuns: HOUSES, seed: SEED },
      );
    },
    PATIENCE_MS,
  );
});

/** How many sub-tasks each hands out in its first run. */
async function submitAll(desk: Desk, wanted: readonly { role: string; needs: number | null; parts: number }[]) {
  const parts = new Map<number, number>();
  const made: TaskRow[] = [];
  for (const { role, needs, parts: many } of wanted) {
    const on = needs === null ? undefined : made[needs];
    const row = await desk.submit({ role, ...(on && { needs: [`task-${on.id}:continue`] }) });
    parts.set(row.id, many);
    made.push(row);
  }
  return parts;
}

/** Until nothing can be claimed, however long one waits. */
async function playToRest(
  desk: Desk,
  parts: Map<number, number>,
  luckily: Iterator<HowItEnds>,
  wipLimits: Readonly<Record<string, number>>,
): Promise<void> {
  const live: Claim[] = [];
  for (let runs = 0, idle = 0; idle < 2; ) {
    for (let claim = await desk.claim(); claim; claim = await desk.claim()) live.push(claim);
    expect(await brokenLaws(desk.store, { maxRuns: 1000, wipLimits, now: desk.clock.now() })).toEqual([]);
    const claim = live.shift();
    if (!claim) {
      idle += 1;
      desk.clock.advance(3_600_000);
      continue;
    }
    idle = 0;
    runs += 1;
    expect(runs, "runs until all is at rest").toBeLessThan(MOST_RUNS);
    for (let more = parts.get(claim.task.id) ?? 0; more > 0; more--) {
      await aChildOf(desk, claim.task, `part ${more} of ${claim.task.id}`);
    }
    parts.delete(claim.task.id);
    await desk.settle(claim.run, luckily.next().value);
  }
}

function unfinished(desk: Desk): Promise<TaskRow[]> {
  return desk.store.read.all<TaskRow>("SELECT * FROM task WHERE finished_at IS NULL");
}

async function mustHaveWayOut(desk: Desk, row: TaskRow): Promise<void> {
  expect(["parked", "blocked"]).toContain(row.state);
  if (row.state === "blocked" || row.parked_reason === "subtasks") return;
  expect(row.parked_note ?? row.parked_reason).not.toBe("");
  const resumed = await desk.resume(row);
  expect(resumed.state).toBe("queued");
  expect(isFinal((await desk.task(row)).state)).toBe(false);
}
