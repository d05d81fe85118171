/** The whole of the first seed: a real sprint queue, the preset's roles, scripted agents, and every task completed by nobody's hand. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { presetRoles } from "../../src/cli/init/preset.ts";
import { writeRoles } from "../../src/cli/init/write-roles.ts";
import type { QueueExportOutput, SprintStatusOutput, TaskListOutput } from "../../src/client/client.ts";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { look, type TaskSeen } from "../lifecycle/tasks.ts";
import { aRepository, COMMITTER } from "../workspaces/repository.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Data of somebody else, which lies beside this repository where it was handed over, and is not part of it. */
const QUEUE = join(ROOT, "..", "shared", "fixtures", "sprint-queue-current.json");

/** How long the whole sprint may take, in ms: some fifty runs, each with a worktree or a gate. */
const SPRINT_MS = 240_000;

interface Entry {
  readonly id: string;
  readonly dependencies?: readonly string[];
  readonly subtasks?: readonly Entry[];
}

/**
 * One program for all roles: what it is to be stands in what was handed over. A builder writes a file and commits it; the
 * tester says no to the first work on T003, which the refiner then mends.
 */
const WORKER = `
role=$(sed -n 's/^  "role": "\\(.*\\)",$/\\1/p' "$STEWARD_HANDOVER")
echo "$role $STEWARD_TASK_ID" >> "$LEDGER/stages"
say() { echo "{\\"outcome\\":\\"$1\\",\\"summary\\":\\"$2\\"}" > "$STEWARD_RESULT"; }
commit() { git add -A && git commit -qm "$1"; }
case "$role" in
planner) say completed "A plan for $STEWARD_TASK_ID" ;;
builder) echo "$STEWARD_TASK_ID" > "$STEWARD_TASK_ID.txt"; commit "Build"; say completed "Built" ;;
tester)
  if grep -q 'T003\\|Training Dataset Schema' "$STEWARD_HANDOVER" && [ ! -e "$STEWARD_TASK_ID.mended" ]; then
    say failed "its schema is not checked"
  else say completed "Tested"; fi ;;
refiner) echo mended > "$STEWARD_TASK_ID.mended"; commit "Mend"; say completed "Mended" ;;
integrator) say completed "Fit to go in" ;;
esac`;

test.skipIf(!existsSync(QUEUE))(
  `a real sprint goes from its first plan to every task completed (skipped without ${"sprint-queue-current.json"})`,
  async () => {
    await using home = aHome();
    const repository = aRepository();
    const gate = `echo "$STEWARD_TASK_ID" >> ${home.ledger}/gates; test -e readme`;
    const values = { agent: "worker", other: "worker", gates: [gate], into: "steward/next" };
    writeRoles(home.paths.roles, presetRoles(ROOT, "oodatcaa", values));
    home.settings({
      ...shellAgent(),
      agents: {
        worker: {
          runtime: "command",
          command: ["sh", "-c", WORKER],
          env: { ...COMMITTER, LEDGER: home.ledger },
        },
      },
      roles: {},
      projects: { llm: { directory: repository.path } },
    });
    const daemon = await home.start({ args: ["--standby"] });
    const text = readFileSync(QUEUE, "utf8");
    await daemon.call("queue.import", { text, file: QUEUE, project: "llm" });

    const before = await daemon.call<QueueExportOutput>("queue.export", { project: "llm" });
    expect(before).toMatchObject({ changed: [], added: [] });
    expect(JSON.parse(before.text)).toEqual(JSON.parse(text));

    await daemon.call("daemon.activate");
    const tasks = await untilAllHaveEnded(daemon);
    const { sprint_id, tasks: entries } = JSON.parse(text) as { sprint_id: string; tasks: readonly Entry[] };
    const all = entries.flatMap((entry) => [entry, ...(entry.subtasks ?? [])]);
    expect(tasks.map(({ key, state }) => [key, state])).toEqual(all.map(({ id }) => [id, "completed"]));

    expectNeedsWereHeeded(tasks, all);
    expectLimits(tasks, { planner: 1, builder: 3, tester: 2, refiner: 1, integrator: 1 });
    expectGatesWereRun(tasks, readFileSync(join(home.ledger, "gates"), "utf8"));
    const adapted = tasks.find(({ key }) => key === "T003");
    expect(adapted?.stages.map(({ role }) => role)).toEqual([
      "planner",
      "builder",
      "tester",
      "refiner",
      "tester",
      "integrator",
    ]);
    const landed = repository.git("ls-tree", "--name-only", "steward/next").split("\n");
    for (const { taskId, stages } of tasks) {
      if (stages.some(({ role }) => role === "builder")) expect(landed).toContain(`${taskId}.txt`);
    }

    const status = await daemon.call<SprintStatusOutput>("sprint.status", { project: "llm" });
    expect(status).toMatchObject({ sprintId: sprint_id });
    const after = await daemon.call<QueueExportOutput>("queue.export", { project: "llm" });
    expectSameShape(JSON.parse(after.text), JSON.parse(text));
    await expectItIsAQueue(after.text);
  },
  SPRINT_MS,
);

async function untilAllHaveEnded(daemon: DaemonProcess): Promise<TaskSeen[]> {
  const list = () => daemon.call<TaskListOutput>("task.list", { project: "llm", limit: 100 });
  const ended = await eventually(
    "every task has ended",
    async () => {
      const { tasks } = await list();
      const stuck = tasks.find(({ state }) => state === "parked" || state === "failed");
      if (stuck && stuck.parked?.reason !== "subtasks") throw new Error(JSON.stringify(stuck));
      return tasks.every(({ finishedAt }) => finishedAt !== null) && tasks;
    },
    SPRINT_MS,
  );
  const seen = await Promise.all(ended.map(({ taskId }) => look(daemon, taskId)));
  return seen.sort((a, b) => Number(a.taskId.slice(5)) - Number(b.taskId.slice(5)));
}

/** Nothing began before all that it needs was done. */
function expectNeedsWereHeeded(tasks: readonly TaskSeen[], entries: readonly Entry[]): void {
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  for (const { id, dependencies = [] } of entries) {
    const began = byKey.get(id)?.stages[0]?.startedAt ?? "9";
    for (const need of dependencies) {
      const done = byKey.get(need)?.finishedAt ?? "9";
      expect(`${id} began ${began}` >= `${id} began ${done}`, `${id} at ${began}, ${need} done at ${done}`).toBe(true);
    }
  }
}

function expectLimits(tasks: readonly TaskSeen[], limits: Readonly<Record<string, number>>): void {
  const stages = tasks.flatMap((task) => task.stages);
  for (const [role, limit] of Object.entries(limits)) {
    const spans = stages.filter((stage) => stage.role === role);
    const atOnce = spans.map(
      ({ startedAt }) =>
        spans.filter((other) => at(other.startedAt) <= at(startedAt) && at(startedAt) < at(other.endedAt)).length,
    );
    expect(Math.max(0, ...atOnce), `${role} at once`).toBeLessThanOrEqual(limit);
  }
}

const at = (moment: string | null) => Date.parse(moment ?? "");

/** Each stage of a role with gates ended by them, and they ran as processes. */
function expectGatesWereRun(tasks: readonly TaskSeen[], ran: string): void {
  const gated = tasks.flatMap(({ taskId, stages }) =>
    stages
      .filter(({ role, last }) => role !== "planner" && last?.outcome === "completed")
      .map((stage) => ({ taskId, stage })),
  );
  expect(gated.length).toBeGreaterThan(20);
  for (const { taskId, stage } of gated) {
    expect(stage.gates[0], `${taskId} ${stage.role}`).toMatchObject({ outcome: "completed" });
    expect(ran.split("\n")).toContain(taskId);
  }
}

/** The same queue, but for what has become of its tasks. */
function expectSameShape(after: Record<string, unknown>, before: Record<string, unknown>): void {
  expect(Object.keys(after)).toEqual(Object.keys(before));
  const flat = (queue: Record<string, unknown>) =>
    (queue.tasks as Entry[]).flatMap((entry) => [entry, ...(entry.subtasks ?? [])]) as (Entry &
      Record<string, unknown>)[];
  const [now, then] = [flat(after), flat(before)];
  expect(now.map(({ id, title, dependencies }) => [id, title, dependencies])).toEqual(
    then.map(({ id, title, dependencies }) => [id, title, dependencies]),
  );
  for (const entry of now) expect(["done", "completed"]).toContain(entry.status);
}

/** What was written can be read by somebody who knows nothing of it. */
async function expectItIsAQueue(text: string): Promise<void> {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  mkdirSync(join(home.path, "in"));
  writeFileSync(join(home.path, "in", "queue.json"), text);
  const report = await daemon.call<{ counts: { byState: Record<string, number> }; created: number }>("queue.import", {
    text,
    file: "queue.json",
  });
  expect(report.counts.byState).toEqual({ completed: report.created });
}
