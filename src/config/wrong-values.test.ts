import { expect, test } from "vitest";
import * as z from "zod";
import { checkValues } from "./wrong-values.ts";

const Point = z.strictObject({ x: z.number(), y: z.number(), unit: z.enum(["mm", "inch"]).optional() });
const Line = z.strictObject({ from: Point, to: Point, width: z.number() });
const Nested = z.union([z.boolean(), z.union([Line, Point])]);

function wrong(schema: z.ZodType, value: unknown): string[] {
  const checked = checkValues(schema, value);
  return checked.ok ? [] : checked.wrong.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("of several forms the one is explained that comes nearest", () => {
  expect(wrong(Nested, { x: 1 })).toEqual(["y: missing; expected a number"]);
  expect(wrong(z.strictObject({ at: Nested }), { at: { x: 1, y: 2, unit: 3 } })).toEqual([
    'at.unit: expected "mm" or "inch", found a number',
  ]);
});

test("where no form is of that kind, all kinds are told", () => {
  expect(wrong(z.union([z.literal("auto"), z.int()]), null)).toEqual([': expected "auto" or a number, found null']);
  expect(wrong(Nested, "x")).toEqual([": expected true or false or an object, found a string"]);
});

test.each<[z.ZodType, unknown, string]>([
  [z.string().min(2), "x", "must have at least 2 characters"],
  [z.string().max(1), "xx", "must have at most 1 character"],
  [z.array(z.string()).max(1), ["a", "b"], "must hold at most 1 item"],
  [z.number().gt(1), 1, "must be more than 1"],
  [z.number().lt(1), 1, "must be less than 1"],
  [z.number().multipleOf(5), 7, "must be a multiple of 5"],
  [z.string().regex(/^a$/), "b", "does not have the form /^a$/"],
  [z.url(), "b", "is not a valid url"],
  [z.string().refine(() => false), "b", "is not allowed"],
  [z.string().refine(() => false, "must be another"), "b", "must be another"],
])("a rule is told in our own words, or in its author's (%#)", (schema, value, message) => {
  expect(wrong(schema, value)).toEqual([`: ${message}`]);
});
