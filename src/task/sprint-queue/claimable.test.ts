import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { minutesAgo, readTasks } from "../../../test/fixtures/queues/a-queue.ts";
import { claimable } from "./claimable.ts";
import { readSprintQueue } from "./read.ts";
import type { SprintTask } from "./tasks.ts";

const REAL_QUEUES = new URL("../../../../shared/fixtures/", import.meta.url);

describe("real queues, read from beside the repository because they are not ours to publish", () => {
  test.for<[string, Record<string, string[]>]>([
    ["sprint-queue-backup.json", { builder: ["P002-B02", "P004-B02"], planner: ["P005"] }],
    ["sprint-queue-current.json", { planner: ["T001"], builder: ["T001-B01"] }],
  ])("%s", ([name, expected], { skip }) => {
    const file = new URL(name, REAL_QUEUES);
    skip(!existsSync(file), `../shared/fixtures/${name} is not there`);
    expect(claimable(readSprintQueue(readFileSync(file, "utf8"), { now: Date.now() }))).toEqual(expected);
  });
});

describe("within the WIP limits", () => {
  const ready = (id: string, priority: number, rest = {}) => ({ id, title: id, status: "ready", priority, ...rest });

  test("the top priority of the file goes first, then the order of the file", () => {
    const tasks = [ready("low", 3), ready("first", 1), ready("second", 1), ready("third", 2)];
    expect(claimable(readTasks(tasks, { wip_limits: { builder: 3 } }))).toEqual({
      builder: ["first", "second", "third"],
    });
  });

  test("a role without a limit takes one, and an explicit 0 takes none", () => {
    const tasks = [ready("a", 1), ready("b", 2), { ...ready("c", 1), status: "awaiting_test" }];
    expect(claimable(readTasks(tasks, { wip_limits: { tester: 0 } }))).toEqual({ builder: ["a"] });
  });

  test("somebody else's live lease fills a place of its role", () => {
    const lease = { owner: "elsewhere", ttl: 5400, last_heartbeat: minutesAgo(1) };
    const tasks = [{ ...ready("held", 1), status: "in_progress", lease }, ready("a", 2), ready("b", 3)];
    expect(claimable(readTasks(tasks, { wip_limits: { builder: 2 } }))).toEqual({ builder: ["a"] });
    expect(claimable(readTasks(tasks, { wip_limits: { builder: 1 } }))).toEqual({});
  });

  test("a parent that rolls up is claimed by nobody", () => {
    const tasks = [{ id: "P", title: "P", status: "planning_complete" }, ready("P-B1", 1, { parent: "P" })];
    expect(claimable(readTasks(tasks))).toEqual({ builder: ["P-B1"] });
  });
});

test.each([
  ["cancelled"],
  ["rolled_back"],
  ["ready"],
  ["needs_manual"],
])("a need on a task that is %s is not met", (status) => {
  const tasks = [
    { id: "a", title: "a", status, type: "Build" },
    { id: "b", title: "b", status: "awaiting_test", dependencies: ["a"] },
  ];
  expect(claimable(readTasks(tasks)).tester).toBeUndefined();
});

describe("the queue in examples/", () => {
  const text = readFileSync(new URL("../../../examples/sprint-queue.json", import.meta.url), "utf8");
  const queue = readSprintQueue(text, { now: Date.now() });

  test("is read without a warning, the orphan with its stale lease included", () => {
    expect(queue.report.warnings).toEqual([]);
    expect(queue.tasks.find(({ key }) => key === "G003-B01")).toMatchObject({ state: "queued", role: "builder" });
    expect(queue.wipLimits).toEqual({ planner: 1, builder: 3, tester: 2, refiner: 1, integrator: 1 });
  });

  test("can be run to its end, each role at its turn", () => {
    const rounds: Record<string, string[]>[] = [];
    let { tasks } = queue;
    for (let offer = claimable(queue); Object.keys(offer).length > 0; offer = claimable({ ...queue, tasks })) {
      rounds.push(offer);
      tasks = rolledUp(complete(tasks, Object.values(offer).flat()));
    }
    expect(rounds).toEqual([
      { planner: ["G002"], builder: ["G003-B01", "G003-B02"] },
      { builder: ["G003-B03", "G005"] },
      { tester: ["G003-T01"] },
      { integrator: ["G003-I01"] },
      { refiner: ["G004"] },
      { tester: ["G006"] },
      { integrator: ["G007"] },
    ]);
    expect(tasks.every(({ state }) => state === "completed")).toBe(true);
  });
});

/** What the store does at completion: the needs of others are met, and what only waited is queued. */
function complete(tasks: readonly SprintTask[], keys: readonly string[]): SprintTask[] {
  const ended = tasks.map((task): SprintTask => (keys.includes(task.key) ? { ...task, state: "completed" } : task));
  const open = new Set(ended.filter(({ state }) => state !== "completed").map(({ key }) => key));
  const waits = ({ state, rollsUp, needs }: SprintTask) =>
    state !== "blocked" || rollsUp || needs.some((key) => open.has(key));
  return ended.map((task) => (waits(task) ? task : { ...task, state: "queued" }));
}

function rolledUp(tasks: readonly SprintTask[]): SprintTask[] {
  const done = tasks.filter(
    ({ key, rollsUp }) => rollsUp && tasks.every(({ parent, state }) => parent !== key || state === "completed"),
  );
  const open = done.filter(({ state }) => state !== "completed").map(({ key }) => key);
  return open.length === 0 ? [...tasks] : rolledUp(complete(tasks, open));
}
