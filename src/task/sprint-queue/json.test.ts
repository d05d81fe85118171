import { describe, expect, test } from "vitest";
import { NOW } from "../../../test/fixtures/queues/a-queue.ts";
import { Refusal } from "../../core/refusal.ts";
import { readSprintQueue } from "./read.ts";

function refusalOf(text: string): Refusal {
  try {
    readSprintQueue(text, { now: NOW });
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("what is no JSON is refused with line and column", () => {
  test.each([
    ["", "1:1"],
    ["{bad", "1:2"],
    ['{\n  "tasks": [\n    {"id": "A",}\n  ]\n}', "3:16"],
    ['{"tasks": [] /* note */}', "1:14"],
    ['{"tasks": []} x', "1:15"],
    ['{"tasks": [', "1:12"],
    ["{'tasks': []}", "1:2"],
  ])("%j", (text, place) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe("invalid_input");
    expect(refusal.message).toContain(` at ${place}`);
    expect(refusal.hint).toBeTruthy();
  });
});

describe("what is no queue is refused with a hint", () => {
  test.each([
    "null",
    "1",
    '"x"',
    "[]",
    "{}",
    '{"tasks": null}',
    '{"tasks": {"A": {}}}',
    '{"tasks": "A"}',
  ])("%s", (text) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe("invalid_input");
    expect(refusal.hint).toContain("examples/sprint-queue.json");
  });
});

test("more than 8 MiB are refused before anything is read", () => {
  expect(refusalOf(" ".repeat(8 * 1024 * 1024 + 1)).code).toBe("too_large");
  expect(refusalOf(`"${"€".repeat(3 * 1024 * 1024)}"`).code).toBe("too_large");
});

test("10,000 tasks are read and one more is refused, nested or not", () => {
  const tasks = Array.from({ length: 10_000 }, (_, index) => ({ id: `A${index}`, status: "ready" }));
  expect(readSprintQueue(JSON.stringify({ tasks }), { now: NOW }).tasks).toHaveLength(10_000);
  const [first, ...rest] = tasks;
  const nested = [{ ...first, subtasks: [{ id: "one-more", status: "ready" }] }, ...rest];
  expect(refusalOf(JSON.stringify({ tasks: nested })).code).toBe("too_large");
});

test("100,000 dependencies are read and one more is refused, whatever they are and however they are written", () => {
  const tasks = (more: unknown) => [
    ...Array.from({ length: 100 }, (_, n) => ({
      id: `A${n}`,
      dependencies: Array.from({ length: 1000 }, (_, m) => `x${m}`),
    })),
    { id: "B", depends_on: more },
  ];
  const text = (more: unknown) => JSON.stringify({ tasks: tasks(more) });
  expect(readSprintQueue(text(null), { now: NOW }).tasks).toHaveLength(101);
  for (const more of [["A1"], "A1", 7, { id: "A1" }]) {
    const refusal = refusalOf(text(more));
    expect([refusal.code, refusal.data]).toEqual(["too_large", { limit: 100_000 }]);
  }
  expect(refusalOf(JSON.stringify({ tasks: [{ id: "A", dependencies: "x ".repeat(3_000_000) }] })).code).toBe(
    "too_large",
  );
});

test.each([
  ["well-formed", "[".repeat(1_000_000) + "]".repeat(1_000_000)],
  ["malformed", `{"tasks": ${"[".repeat(4_000_000)}`],
  ["behind a comment that hides a quote", `/*"*/${"[".repeat(1_000_000)}`],
  ["behind a string that never ends", `"\n${"[".repeat(1_000_000)}`],
])("a million levels, %s, are refused and exhaust no stack", (_, text) => {
  expect(["too_large", "invalid_input"]).toContain(refusalOf(text).code);
});

test("brackets inside strings are no levels", () => {
  const title = '[{"\\'.repeat(200);
  const queue = readSprintQueue(JSON.stringify({ tasks: [{ id: "A", title: "A", notes: title }] }), { now: NOW });
  expect(queue.tasks[0]?.source.fields).toMatchObject({ notes: title });
});

test("a byte order mark is skipped and noted", () => {
  const queue = readSprintQueue('\uFEFF{"tasks": []}', { now: NOW });
  expect(queue.report.normalised.map(({ message }) => message)).toContain("a byte order mark was skipped");
});

test("a number that a double cannot hold is warned about with its place", () => {
  const text = '{"tasks": [],\n "build": 12345678901234567890, "huge": 1e999, "fine": 1234567890123456, "pi": 3.14}';
  const { warnings } = readSprintQueue(text, { now: NOW }).report;
  expect(warnings.map(({ at }) => at)).toEqual(["2:11", "2:41"]);
});

describe("a name that stands twice in one object", () => {
  const warningsOf = (text: string) =>
    readSprintQueue(text, { now: NOW }).report.warnings.map(({ field, at, message }) => [at, field, message]);

  test("is warned about with its place, however it is spelled and however deep", () => {
    const text = `{"sprint_id": "a", "tasks": [
  {"id": "A", "status": "ready", "owner": "ann", "own\\u0065r": "bob",
   "extra": {"ttl": 1, "owner": "x", "ttl": 2}}
], "sprint_id": "b"}`;
    expect(warningsOf(text)).toEqual([
      ["2:50", "owner", 'tasks[0] has "owner" twice: only the last is read, and an export has no other'],
      ["3:38", "ttl", 'tasks[0].extra has "ttl" twice: only the last is read, and an export has no other'],
      ["4:4", "sprint_id", 'the file has "sprint_id" twice: only the last is read, and an export has no other'],
    ]);
  });

  test("is none in another object, nor in a list, nor as a value", () => {
    const text =
      '{"tasks": [{"id": "A", "status": "ready", "title": "id", "x": ["id", "id"], "y": {"id": 1}}, {"id": "B"}]}';
    expect(warningsOf(text).filter(([, , message]) => String(message).includes("twice"))).toEqual([]);
  });

  test.each([
    ['{"tasks": [{"id": "A", "status": "ready", "id": "B"}]}', 'tasks[0] has "id" twice, the second one at 1:43.'],
    ['{"tasks": [{"id": "A", "status": "ready", "status": "done"}]}', 'tasks[0] has "status" twice'],
    ['{"tasks": [{"id": "A"}, {"subtasks": [{"id": "B", "id": "C"}]}]}', 'tasks[1].subtasks[0] has "id" twice'],
    ['{"tasks": [{"id": "A", "dependencies": ["B"], "dependencies": []}]}', 'has "dependencies" twice'],
    ['{"tasks": [],\n "tasks": []}', 'The queue has "tasks" twice, the second one at 2:2.'],
  ])("is refused where it decides what the tasks are: %s", (text, message) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe("invalid_input");
    expect(refusal.message).toContain(message);
  });

  test("hides no syntax error", () => {
    expect(refusalOf('{"tasks": [{"id": 1, "id": 2}], }').message).toContain("not valid JSON");
  });
});
