import { describe, expect, test } from "vitest";
import { readTasks, said, taskOf } from "../../../test/fixtures/queues/a-queue.ts";

describe("a task that nobody holds", () => {
  test.each([
    ["needs_plan", "planner", "queued"],
    ["planning", "planner", "queued"],
    ["ready", "builder", "queued"],
    ["in_progress", "builder", "queued"],
    ["awaiting_test", "tester", "queued"],
    ["testing", "tester", "queued"],
    ["needs_adapt", "refiner", "queued"],
    ["adapting", "refiner", "queued"],
    ["ready_for_integrator", "integrator", "queued"],
    ["integrating", "integrator", "queued"],
    ["blocked", "planner", "queued"],
    ["stale", "planner", "queued"],
    ["needs_manual", "planner", "parked"],
    ["planning_complete", "planner", "parked"],
    ["done", "planner", "completed"],
    ["completed", "planner", "completed"],
    ["cancelled", "planner", "cancelled"],
    ["rolled_back", "planner", "failed"],
    ["no_such_status", "planner", "parked"],
  ])("with the status %s is for the %s and %s", (status, role, state) => {
    const [task] = readTasks([{ id: "A", title: "A", priority: 1, status }]).tasks;
    expect(task).toMatchObject({ role, state });
  });
});

test.each([
  "In Progress",
  "IN-PROGRESS",
  " in_progress ",
  "in - progress",
])("the status %j is read as in_progress, and that is noted", (status) => {
  const queue = readTasks([{ id: "A", title: "A", status }]);
  expect(taskOf(queue, "A").role).toBe("builder");
  expect(said("normalised", queue, "tasks[0].status")[0]).toContain('is read as "in_progress"');
});

test.each([
  undefined,
  null,
  7,
  [],
  {},
  "",
  "toString",
  "__proto__",
])("a status of %j is never guessed: the task waits for a person and a warning says why", (status) => {
  const queue = readTasks([{ id: "A", title: "A", status }]);
  expect(taskOf(queue, "A")).toMatchObject({ state: "parked", parkedReason: "person" });
  expect(said("warnings", queue, "tasks[0].status")).toHaveLength(1);
});

describe("whose turn a blocked task is", () => {
  const story = { id: "P1", status: "planning_complete", title: "Story" };
  test.each([
    ["a step by its id", { id: "P1-B02" }, "builder"],
    ["a test by its id", { id: "P1-T01" }, "tester"],
    ["a build by its type", { id: "x", type: "Build" }, "builder"],
    ["an implementation by its type", { id: "x", type: "Implementation" }, "builder"],
    ["a test by its type", { id: "x", type: "Test" }, "tester"],
    ["testing by its type", { id: "x", type: "Testing" }, "tester"],
    ["a story that nobody has planned", { id: "P2", type: "Story" }, "planner"],
    ["infrastructure that nobody has planned", { id: "P2", type: "Infra" }, "planner"],
    ["documentation that nobody has planned", { id: "P2", type: "Docs" }, "planner"],
    ["quality that nobody has planned", { id: "P2", type: "Quality" }, "planner"],
    ["something of a story, whatever its type", { id: "x", type: "Docs", parent: "P1" }, "builder"],
    ["something for which an agent is named", { id: "x", agent: "refiner" }, "refiner"],
  ])("%s", (_, fields, role) => {
    const queue = readTasks([story, { title: "It", status: "blocked", ...fields }]);
    expect(taskOf(queue, fields.id).role).toBe(role);
  });
});

test.each([
  "ready",
  "in_progress",
])("a test task that somebody made %s goes to the tester, not to the builder", (status) => {
  const queue = readTasks([{ id: "P1-T01", title: "Test", type: "Test", status }]);
  expect(taskOf(queue, "P1-T01")).toMatchObject({ role: "tester", state: "queued" });
  expect(said("normalised", queue, "P1-T01").join()).toContain("goes to the tester");
});
