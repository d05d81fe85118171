import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filled, straysOf } from "./placeholder.ts";

const VALUES: Readonly<Record<string, string>> = { "inputs.a": "1", "inputs.b-c": "{{inputs.a}}", item: "this" };
const fill = (text: string, max = 1000) => filled(text, (place) => VALUES[place] ?? "?", max);
const strays = (text: string) => straysOf(text, (place) => place in VALUES);

describe("a place is filled", () => {
  test.each([
    ["{{inputs.a}}", "1"],
    ["x{{ inputs.a }}y{{item}}z", "x1ythisz"],
    ["{{inputs.b-c}}", "{{inputs.a}}"],
    ["{{{{", "{{"],
    ["{{{{inputs.a}}", "{{inputs.a}}"],
    ["{{{{{{inputs.a}}", "{{1"],
    ["{ {inputs.a} } }} {", "{ {inputs.a} } }} {"],
    ["", ""],
  ])("%s → %s", (text, expected) => {
    expect(strays(text)).toEqual([]);
    expect(fill(text)).toBe(expected);
  });

  test("and what was put in is never looked at again, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
        const escaped = (text: string) => text.replaceAll("{{", "{{{{").replace(/\{$/, "{ ");
        const text = `${escaped(before)}{{inputs.x}}${escaped(after)}`;
        expect(filled(text, () => value, 10_000)).toBe(
          `${before.replace(/\{$/, "{ ")}${value}${after.replace(/\{$/, "{ ")}`,
        );
      }),
    );
  });

  test("up to a length and no further", () => {
    expect(fill("{{item}}{{item}}", 8)).toBe("thisthis");
    expect(fill("{{item}}{{item}}", 7)).toBeUndefined();
  });
});

describe("a {{ that begins no place is told", () => {
  test.each([
    ["{{inputs.z}}", "inputs.z"],
    ["{{a}}", undefined],
    ["{{inputs.a", undefined],
    ["{{inputs.a.b}}", undefined],
    ["{{constructor}}", undefined],
    ["{{{inputs.a}}}", undefined],
    ["{{ 1 + 1 }}", undefined],
  ])("%s", (text, name) => expect(strays(text)).toMatchObject([{ name }]));

  test("a few times, and not as often as it is there", () => {
    expect(strays("{{x".repeat(100_000))).toHaveLength(10);
  });
});
