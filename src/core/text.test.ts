import { expect, test } from "vitest";
import { Refusal } from "./refusal.ts";
import { fromText, type TextField } from "./text.ts";

const seconds: TextField = { name: "timeoutSeconds", type: "duration", unit: "s" };
const ms: TextField = { name: "waitMs", type: "duration", unit: "ms" };

test.each<[string, TextField, unknown]>([
  ["fix it", { name: "prompt", type: "text" }, "fix it"],
  ["", { name: "prompt", type: "text" }, ""],
  ["-5", { name: "priority", type: "number" }, -5],
  ["1.5", { name: "priority", type: "number" }, 1.5],
  ["yes", { name: "dryRun", type: "boolean" }, true],
  ["False", { name: "dryRun", type: "boolean" }, false],
  ["a, b,,c", { name: "needs", type: "list" }, ["a", "b", "c"]],
  ['["a,b"]', { name: "needs", type: "list" }, ["a,b"]],
  ["1,2", { name: "ids", type: "list", items: "number" }, [1, 2]],
  ['{"a":[1]}', { name: "data", type: "json" }, { a: [1] }],
  ["90", seconds, 90],
  ["90s", seconds, 90],
  ["15m", seconds, 900],
  ["2h", seconds, 7200],
  ["1d", seconds, 86_400],
  ["1.5h", seconds, 5400],
  ["500ms", seconds, 0.5],
  ["10000", ms, 10_000],
  ["10s", ms, 10_000],
  ["2030-01-31T10:00:00Z", { name: "notBefore", type: "time" }, "2030-01-31T10:00:00.000Z"],
  ["2030-01-31 10:00+02:00", { name: "notBefore", type: "time" }, "2030-01-31T08:00:00.000Z"],
  ["2030-01-31", { name: "notBefore", type: "time" }, new Date(2030, 0, 31).toISOString()],
  ["2030-01-31T10:00", { name: "notBefore", type: "time" }, new Date(2030, 0, 31, 10).toISOString()],
])("%j becomes a value of its field %o", (text, field, value) => {
  expect(fromText(field, text)).toEqual(value);
});

test.each<[string, TextField]>([
  ["five", { name: "priority", type: "number" }],
  ["", { name: "priority", type: "number" }],
  ["0x10", { name: "priority", type: "number" }],
  ["Infinity", { name: "priority", type: "number" }],
  ["maybe", { name: "dryRun", type: "boolean" }],
  ["{a:1}", { name: "data", type: "json" }],
  ["1,x", { name: "ids", type: "list", items: "number" }],
  ["soon", seconds],
  ["-5s", seconds],
  ["5w", seconds],
  ["tomorrow", { name: "notBefore", type: "time" }],
  ["2030-02-30", { name: "notBefore", type: "time" }],
  ["2030-13-01", { name: "notBefore", type: "time" }],
  ["2030-01-01T25:00", { name: "notBefore", type: "time" }],
])("%j is refused with the name of its field %o and a hint", (text, field) => {
  const refusal = refusalOf(() => fromText(field, text));
  expect(refusal).toMatchObject({ code: "invalid_input", hint: expect.stringMatching(/^Give /) });
  expect(refusal.message).toContain(field.name);
  expect(refusal.data).toMatchObject({ fields: [{ field: field.name }] });
});

test("a long wrong text is not repeated whole", () => {
  expect(refusalOf(() => fromText(seconds, "x".repeat(10_000))).message.length).toBeLessThan(200);
});

function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error("nothing was refused");
}
