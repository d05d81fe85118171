import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NOW, readTasks, said, taskOf } from "../../../test/fixtures/queues/a-queue.ts";
import { claimable } from "./claimable.ts";
import { MAX_PROMPT_BYTES } from "./prompt.ts";
import { readSprintQueue } from "./read.ts";
import { MAX_NOTES } from "./report.ts";

function fixture(name: string) {
  const text = readFileSync(new URL(`../../../test/fixtures/queues/${name}`, import.meta.url), "utf8");
  return readSprintQueue(text, { now: NOW });
}

const task = (id: string, rest = {}) => ({ id, title: id, status: "ready", priority: 1, ...rest });

describe("nested subtasks", () => {
  const queue = fixture("nested.json");

  test("become tasks of their own, in file order, each knowing its parent", () => {
    expect(queue.tasks.map(({ key, parent }) => [key, parent])).toEqual([
      ["S1", null],
      ["S1-B01", "S1"],
      ["S1-B02", "S1"],
      ["S1-B02x", "S1-B02"],
      ["S1-T01", "S1"],
      ["S2", null],
    ]);
  });

  test("are not repeated in the source of their parent, where an empty list marks their place", () => {
    const { source } = taskOf(queue, "S1");
    expect(Object.keys(source.fields as object)).toEqual([
      ...["id", "title", "type", "status", "priority", "dependencies", "objective_link", "subtasks", "commits"],
      "plan_version",
    ]);
    expect(source.fields).toMatchObject({ title: "Überblick → Plan", commits: 6, subtasks: [], plan_version: "1.0" });
    expect(taskOf(queue, "S1-B02x").source.at).toBe("tasks[0].subtasks[1].subtasks[0]");
  });

  test("inherit the objective, and their prompt says all that they need", () => {
    expect(taskOf(queue, "S1-B01").prompt).toBe(
      [
        "# S1-B01: Build it\n",
        "- Role: builder",
        "- Part of: S1: Überblick → Plan",
        "- Objective: A plan that holds",
        "- Type: Implementation\n",
        "## Exit gates\n",
        "- It builds",
        "- It is ≤ 16 GB\n",
      ].join("\n"),
    );
  });

  test("that nest deeper than eight levels are left out with a warning", () => {
    let nested: object = task("L9");
    for (let level = 8; level >= 0; level--) nested = task(`L${level}`, { subtasks: [nested] });
    const deep = readTasks([nested]);
    expect(deep.tasks.map(({ key }) => key)).not.toContain("L9");
    expect(deep.leftOut[0]?.fields).toMatchObject({ id: "L9" });
    expect(said("warnings", deep, deep.leftOut[0]?.at ?? "")).toEqual(["left out: nested deeper than 8 levels"]);
  });
});

describe("a parent", () => {
  test("whose plan is complete has nothing to run and waits for its children", () => {
    const queue = readTasks([task("P", { status: "planning_complete" }), task("P-B01", { parent: "P" })]);
    expect(taskOf(queue, "P")).toMatchObject({ state: "blocked", rollsUp: true });
  });

  test("that is blocked but has children must have been planned, and rolls up", () => {
    const queue = readTasks([task("P", { status: "blocked" }), task("P-B01", { parent_task: "P" })]);
    expect(taskOf(queue, "P")).toMatchObject({ state: "blocked", rollsUp: true });
  });

  test("that is still being planned runs itself, and an unblocked child is warned about", () => {
    const queue = readTasks([task("T1", { status: "planning", subtasks: [task("T1-B01", { status: "blocked" })] })]);
    expect(taskOf(queue, "T1")).toMatchObject({ state: "queued", role: "planner", rollsUp: false });
    expect(taskOf(queue, "T1-B01")).toMatchObject({ state: "queued", role: "builder" });
    expect(said("warnings", queue, "T1-B01")).toEqual(["unblocked while its parent T1 is still being planned"]);
  });

  test("whose children are all done is done, and lets go those that need it", () => {
    const queue = readTasks([
      task("P", { status: "planning_complete" }),
      task("P-B01", { parent: "P", status: "done", completed: "2025-10-03T10:00:00+02:00" }),
      task("P-B02", { parent: "P", status: "cancelled" }),
      task("Q", { status: "needs_plan", dependencies: ["P"] }),
    ]);
    expect(taskOf(queue, "P")).toMatchObject({ state: "completed", finishedAt: Date.parse("2025-10-03T08:00:00Z") });
    expect(claimable(queue)).toEqual({ planner: ["Q"] });
  });

  test("with a child that was rolled back has failed", () => {
    const queue = readTasks([task("P", { status: "planning_complete" }), task("P-B01", { status: "rolled_back" })]);
    expect(taskOf(queue, "P").state).toBe("failed");
    expect(said("warnings", queue, "P").join()).toContain("all its children are final: it is failed");
  });

  test("whose plan is complete but has no children would wait for ever: a person decides", () => {
    const queue = readTasks([task("P", { status: "planning_complete" })]);
    expect(taskOf(queue, "P")).toMatchObject({ state: "parked", rollsUp: false });
  });

  test("is known by the id of its steps where no field names it", () => {
    const queue = readTasks([task("P", { status: "planning_complete" }), task("P-B01")]);
    expect(taskOf(queue, "P-B01").parent).toBe("P");
  });

  test("that is not in the file, or would be its own descendant, is warned about and left away", () => {
    const queue = readTasks([task("A", { parent: "B" }), task("B", { parent: "A" }), task("C", { parent: "NOPE" })]);
    expect(queue.tasks.map(({ parent }) => parent)).toEqual(["B", null, null]);
    expect(queue.report.warnings).toHaveLength(2);
  });

  test("that is done although a child is not is warned about", () => {
    const queue = readTasks([task("P", { status: "done" }), task("P-B01")]);
    expect(said("warnings", queue, "P")).toEqual(['it is "done" although its child P-B01 is not']);
  });
});

describe("what is blocked", () => {
  test("for a reason waits for a person, who is told the reason", () => {
    const queue = readTasks([task("A", { status: "blocked", blocked_reason: "No key yet" })]);
    expect(taskOf(queue, "A")).toMatchObject({ state: "parked", parkedReason: "person", parkedNote: "No key yet" });
  });

  test.each(["", "  ", null, false])("for a reason of %j is blocked for none", (blocked_reason) => {
    expect(taskOf(readTasks([task("A", { status: "blocked", blocked_reason })]), "A").state).toBe("queued");
  });

  test("without a reason goes when its needs are met, and stays when they are not", () => {
    const queue = readTasks([
      task("A", { status: "done" }),
      task("B", { status: "blocked", dependencies: ["A"] }),
      task("C", { status: "blocked", dependencies: ["B"] }),
    ]);
    expect(queue.tasks.map(({ state }) => state)).toEqual(["completed", "queued", "blocked"]);
    expect(said("normalised", queue, "B").join()).toContain("unblocked");
  });

  test("by a cancelled or rolled back task stays blocked, with a warning", () => {
    const queue = readTasks([
      task("A", { status: "cancelled" }),
      task("B", { status: "rolled_back" }),
      task("C", { dependencies: ["A", "B"] }),
    ]);
    expect(taskOf(queue, "C").state).toBe("blocked");
    expect(said("warnings", queue, "C")).toHaveLength(2);
  });
});

test("a task that is ready before its needs are met is blocked", () => {
  const queue = readTasks([task("A"), task("B", { status: "ready_for_integrator", dependencies: ["A"] })]);
  expect(taskOf(queue, "B")).toMatchObject({ state: "blocked", role: "integrator" });
});

test("a task that is done although what it needs is not is warned about", () => {
  const queue = readTasks([task("A"), task("B", { status: "done", dependencies: ["A"] })]);
  expect(said("warnings", queue, "B")).toEqual(['it is "done" although A is not']);
});

describe("a messy file", () => {
  const queue = fixture("messy.json");

  test("loses nothing: every task is read or left out with a warning that names place and field", () => {
    expect(queue.tasks.map(({ key }) => key)).toEqual(["A", "12", "C", "D", "E", "F", "G", "H"]);
    expect(queue.leftOut.map(({ at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 7].map((index) => `tasks[${index}]`));
    expect(said("warnings", queue, "tasks[1].id")).toEqual(["left out: the id A is taken by tasks[0]"]);
    expect(said("warnings", queue, "tasks[2].id")[0]).toContain('"../evil"');
    expect(said("warnings", queue, "tasks[3].id")).toEqual(["left out: it has no id"]);
    expect(said("warnings", queue, "tasks[5].id")[0]).toContain("Steward's own ids");
    expect(said("warnings", queue, "tasks[6]")).toEqual(["left out: null is no task"]);
  });

  test("has dependencies under two names, as text, twice, as numbers and as objects", () => {
    expect(taskOf(queue, "C").needs).toEqual(["12", "A"]);
    expect(taskOf(queue, "D").needs).toEqual(["C"]);
    expect(taskOf(queue, "H").needs).toEqual(["A"]);
    expect(said("normalised", queue, "tasks[9].depends_on")).toHaveLength(2);
  });

  test("never has a dependency satisfied that nobody can satisfy", () => {
    expect(taskOf(queue, "F")).toMatchObject({ state: "parked", needs: [] });
    expect(taskOf(queue, "F").parkedNote).toBe('depends on "NOPE", which is not a task of this file');
    expect(taskOf(queue, "G")).toMatchObject({ state: "parked", parkedNote: "depends on itself", needs: [] });
    expect(said("warnings", queue, "tasks[14].dependencies[0]")).toHaveLength(1);
    expect(said("warnings", queue, "tasks[14].dependencies[1]")).toHaveLength(1);
  });

  test("gets titles of one harmless line, and the id where there is none", () => {
    expect(taskOf(queue, "D").title).toBe("Two lines [31m");
    expect(taskOf(queue, "C").title).toBe("C");
  });

  test("gets priorities turned round: 1 is the top there, a higher number here", () => {
    expect(["A", "12", "C", "D"].map((key) => taskOf(queue, key).priority)).toEqual([99, 98, 99, 0]);
  });

  test("gets the limits that can be read, and a key named __proto__ is only a key", () => {
    expect(queue.wipLimits).toEqual({ builder: 2 });
    expect(Object.getPrototypeOf(queue.header)).toBe(Object.prototype);
    expect(Object.hasOwn(queue.header, "__proto__")).toBe(true);
    expect(Object.hasOwn({}, "polluted") || "polluted" in {}).toBe(false);
    expect(JSON.stringify(queue.header)).toContain('"__proto__":{"polluted":true}');
    expect(queue.sprint).toBe(3);
  });
});

test.each([
  "task-17",
  "run-3",
  "../evil",
  "a/b",
  "-x",
  "",
  "__proto__",
  "a b",
  "é",
  "x".repeat(129),
  true,
  [],
  {},
])("a task whose id is %j is left out, and its subtasks are read without a parent", (id) => {
  const queue = readTasks([task("A", { id, subtasks: [task("B")] })]);
  expect(queue.tasks.map(({ key, parent }) => [key, parent])).toEqual([["B", null]]);
  expect(queue.leftOut).toHaveLength(1);
  expect(said("warnings", queue, "tasks[0].id")).toHaveLength(1);
});

test("a title that is too long or has half a character becomes whole characters of at most 200", () => {
  const queue = readTasks([task("A", { title: `${"x".repeat(198)}👋👋` }), task("B", { title: "half \ud83d" })]);
  expect(queue.tasks.map(({ title }) => title)).toEqual([`${"x".repeat(198)}…`, "half \uFFFD"]);
});

describe("circles", () => {
  const queue = fixture("circles.json");

  test("park the tasks of the circle, with its path, and only the edge that closes it is dropped", () => {
    for (const key of ["A", "B", "C"]) {
      expect(taskOf(queue, key)).toMatchObject({ state: "parked", parkedNote: "waits for itself: A → C → B → A" });
    }
    expect(["A", "B", "C"].map((key) => taskOf(queue, key).needs)).toEqual([[], ["A"], ["B"]]);
    expect(taskOf(queue, "D").state).toBe("blocked");
  });

  test("that go through a parent's roll-up are circles, too", () => {
    expect(taskOf(queue, "P1-B01")).toMatchObject({ state: "parked", needs: [] });
    expect(taskOf(queue, "P2")).toMatchObject({ state: "parked", needs: ["P1"] });
    expect(taskOf(queue, "P1")).toMatchObject({ state: "blocked", rollsUp: true });
    expect(said("warnings", queue, "P1")[0]).toContain("waits for itself");
  });

  test("through a finished task hold nobody", () => {
    expect(taskOf(queue, "X")).toMatchObject({ state: "completed", needs: [] });
    expect(taskOf(queue, "Y")).toMatchObject({ state: "queued", needs: ["X"] });
  });

  test("of ten thousand tasks are found at once", () => {
    const ring = Array.from({ length: 10_000 }, (_, index) =>
      task(`R${index}`, { dependencies: [`R${(index + 1) % 10_000}`] }),
    );
    const parked = readTasks(ring).tasks.filter(({ state }) => state === "parked");
    expect(parked).toHaveLength(10_000);
    expect(parked[0]?.parkedNote?.length).toBeLessThan(200);
  });
});

describe("the report", () => {
  test("counts what there is", () => {
    expect(fixture("nested.json").report.counts).toEqual({
      tasks: 6,
      byState: { blocked: 4, queued: 2 },
      byRole: { planner: 2, builder: 3, tester: 1 },
      parents: 2,
    });
  });

  test("names each counter that is true in no sense, once", () => {
    const { warnings } = fixture("nested.json").report;
    expect(warnings.filter(({ at }) => at.startsWith("metadata"))).toEqual([
      { task: null, field: "blocked_tasks", at: "metadata.blocked_tasks", message: "it says 99, but there are 4 or 1" },
    ]);
  });

  test("is bounded and says how much more there is", () => {
    const { warnings } = readTasks(Array.from({ length: MAX_NOTES + 7 }, () => null)).report;
    expect(warnings).toHaveLength(MAX_NOTES + 1);
    expect(warnings.at(-1)?.message).toBe("… and 7 more");
  });
});

describe("a prompt", () => {
  test("is cut at 64 KiB, never inside a character", () => {
    const { prompt } = taskOf(readTasks([task("A", { notes: "€".repeat(100_000) })]), "A");
    expect(Buffer.byteLength(prompt)).toBeLessThanOrEqual(MAX_PROMPT_BYTES);
    expect(prompt).not.toContain("\uFFFD");
    expect(prompt).toContain("(cut here");
  });

  test("has no byte that a program could not be given", () => {
    const { prompt } = taskOf(readTasks([task("A", { notes: "a\0b\u001b[2J\r\nc \ud800", steps: "1\n2" })]), "A");
    expect(prompt).toContain("ab[2J\nc \uFFFD");
    expect(prompt).toContain("- Plan steps: 1 2");
  });
});
