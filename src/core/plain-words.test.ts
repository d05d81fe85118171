import { expect, test } from "vitest";
import * as z from "zod";
import { faultsOf } from "./plain-words.ts";

const Need = z.union([
  z.string(),
  z.strictObject({ taskId: z.string(), policy: z.enum(["block", "fail"]).optional() }),
]);

function said(schema: z.ZodType, value: unknown): string[] {
  const parsed = faultsOf(schema, value);
  return "value" in parsed ? [] : parsed.faults.map(({ field, problem }) => `${field}: ${problem}`);
}

test.each<[string, z.ZodType, unknown]>([
  ["is missing", z.string(), undefined],
  ["is missing", z.enum(["a", "b"]), undefined],
  ["is missing", Need, undefined],
  ["must be a string", z.string(), 5],
  ["must be a whole number", z.int(), "5"],
  ["must be a whole number", z.int(), 1.5],
  ["must be a number", z.number(), null],
  ["must be true or false", z.boolean(), "yes"],
  ["must be an array", z.array(z.string()), "a"],
  ["must be an object", z.record(z.string(), z.string()), []],
  ['must be "a" or "b"', z.enum(["a", "b"]), "c"],
  ['must be one of "a", "b" or "c"', z.enum(["a", "b", "c"]), 1],
  ["must be a string or an object", Need, 5],
  ["must have at least 1 character", z.string().min(1), ""],
  ["must have at most 3 characters", z.string().max(3), "long"],
  ["must hold at most 2 items", z.array(z.int()).max(2), [1, 2, 3]],
  ["must be at least 0", z.int().min(0), -1],
  ["must be at most 100", z.int().max(100), 101],
  ["must be more than 0", z.number().positive(), 0],
  ["must be at most 9007199254740991", z.int(), 2 ** 60],
  ["must be a multiple of 5", z.int().multipleOf(5), 7],
  ["must be a time such as 2030-12-31T17:00:00Z", z.iso.datetime(), "tomorrow"],
  ["does not have the form /^a$/", z.string().regex(/^a$/), "b"],
  ["is not a valid url", z.url(), "b"],
  ["is not allowed", z.string().refine(() => false), "b"],
  ["must be another one", z.string().refine(() => false, "must be another one"), "b"],
])("it %s (%#)", (words, schema, value) => {
  expect(said(z.strictObject({ field: schema }), { field: value })).toEqual([`field: ${words}`]);
});

test("each field that is wrong is told, and each that is not known, by its own name", () => {
  const schema = z.strictObject({ prompt: z.string(), priority: z.int().optional() });
  expect(said(schema, { priority: "high", promt: "x", role: 1 })).toEqual([
    "prompt: is missing",
    "priority: must be a whole number",
    "promt: is not known here",
    "role: is not known here",
  ]);
});

test("where there is a choice of forms, the one is explained that was meant", () => {
  const schema = z.strictObject({ needs: z.array(Need) });
  expect(said(schema, { needs: ["a", { taskId: "b", policy: "wait" }] })).toEqual([
    'needs.1.policy: must be "block" or "fail"',
  ]);
  expect(said(schema, { needs: [{}] })).toEqual(["needs.0.taskId: is missing"]);
});

test("an input that is no object has no field to blame", () => {
  expect(said(z.strictObject({}), 5)).toEqual(["(input): must be an object"]);
});

test("a name from outside is not repeated without end", () => {
  expect(said(z.strictObject({}), { ["x".repeat(10_000)]: 1 }).join("").length).toBeLessThan(300);
});
