import { expect, test } from "vitest";
import * as z from "zod";
import { operation } from "../core/operation.ts";
import { describeOperations } from "./catalogue-of-operations.ts";

function describing(input: z.ZodObject, args: string[] = []) {
  const fake = operation({
    name: "fake.verb",
    summary: "A fake.",
    effect: "write",
    scope: "operate",
    rest: "POST /fake",
    args,
    input,
    output: z.object({}),
    refuses: [],
    example: {},
    handle: () => ({}),
  });
  return describeOperations([fake]).fake?.verb;
}

test.each([
  ["prompt", z.string().min(1), { type: "text", required: true }],
  ["title", z.string().optional().describe("A line."), { type: "text", description: "A line." }],
  ["agent", z.string().nullable().optional(), { type: "text" }],
  ["priority", z.int().default(0), { type: "number", default: 0 }],
  ["dryRun", z.boolean().default(false), { type: "boolean", flag: "dry-run", default: false }],
  ["state", z.enum(["a", "b"]).optional(), { type: "text", choices: ["a", "b"] }],
  ["timeoutSeconds", z.int().optional(), { type: "duration", flag: "timeout", unit: "s" }],
  ["waitMs", z.int().optional(), { type: "duration", flag: "wait", unit: "ms" }],
  ["itemsMs", z.string().optional(), { type: "text", flag: "items-ms" }],
  ["notBefore", z.iso.datetime().optional(), { type: "time", flag: "not-before" }],
  ["needs", z.array(z.union([z.string(), z.object({ id: z.string() })])).default([]), { type: "list", default: [] }],
  ["ids", z.array(z.int()).optional(), { type: "list", items: "number" }],
  ["data", z.json().optional(), { type: "json" }],
  ["env", z.record(z.string(), z.string()).optional(), { type: "json" }],
  ["cwd", z.string().optional(), { type: "text", path: true }],
])("the field %s is described as it is typed", (name, schema, described) => {
  expect(describing(z.object({ [name]: schema }))?.fields).toEqual([{ name, flag: name, ...described }]);
});

test("a verb carries its operation, what it does and what it takes by position", () => {
  expect(describing(z.object({ prompt: z.string() }), ["prompt"])).toMatchObject({
    operation: "fake.verb",
    summary: "A fake.",
    effect: "write",
    args: ["prompt"],
  });
});

test("an operation whose flags would clash is found at build time", () => {
  expect(() => describing(z.object({ timeout: z.string(), timeoutSeconds: z.int() }))).toThrow("two flags --timeout");
  expect(() => describing(z.object({ json: z.boolean() }))).toThrow("two flags --json");
  expect(() => describing(z.object({}), ["gone"])).toThrow('no field "gone"');
});
