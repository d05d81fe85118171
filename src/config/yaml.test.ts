import fc from "fast-check";
import { getNodeValue } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { parseYaml } from "./yaml.ts";

const meaningOf = (text: string) => {
  const { root, faults } = parseYaml(text);
  expect(faults).toEqual([]);
  return root && getNodeValue(root);
};

const faultOf = (text: string) => {
  const { root, faults } = parseYaml(text);
  expect(root).toBeUndefined();
  return `${faults[0]?.offset}: ${faults[0]?.message}`;
};

describe("what is YAML 1.2", () => {
  test("is read as the plain values that it means", () => {
    expect(meaningOf("a: 1\nb: [x, 'y', \"z\"]\nc:\n  d: |\n    two\n    lines\n  e: >-\n    one\n    line\n")).toEqual(
      {
        a: 1,
        b: ["x", "y", "z"],
        c: { d: "two\nlines\n", e: "one line" },
      },
    );
    expect(meaningOf("yes: no\non: off\n1: 0x10\n~: null\nt: true\nd: 2026-01-01\n<<: {a: 1}")).toEqual({
      yes: "no",
      on: "off",
      "1": 16,
      "~": null,
      t: true,
      d: "2026-01-01",
      "<<": { a: 1 },
    });
  });

  test("is the same with a byte order mark, and with Windows line ends", () => {
    expect(meaningOf("\ufeffa: |\r\n  x\r\n  y\r\nb: 1\r\n")).toEqual({ a: "x\ny\n", b: 1 });
  });

  test("may say a thing once and mean it twice", () => {
    expect(meaningOf("a: &x {k: [1]}\nb: *x")).toEqual({ a: { k: [1] }, b: { k: [1] } });
  });

  test("and any JSON is", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (json) => {
        fc.pre(!/\\u0000|^null$/.test(json));
        // Of two equal names the last one counts, as for JSON; a name that JavaScript takes for something else is no matter here.
        fc.pre(!json.includes("__proto__"));
        expect(meaningOf(json)).toEqual(JSON.parse(json));
      }),
    );
  });
});

describe("refused, at its place, is", () => {
  test.each([
    ["a tag", "a: !!js/function 'x'", /^3: .*Unresolved tag/],
    ["a tag of one's own", "a: !me {b: 1}", /^3: .*Unresolved tag/],
    ["bytes", "a: !!binary aGk=", /Unresolved tag|no plain value/],
    ["a directive", "%YAML 1.1\n---\na: yes", /^0: directives/],
    ["a second document", "a: 1\n---\nb: 2", /^5: a second document/],
    ["a name that is no text", "[a]: 1", /^0: a name has to be plain text/],
    ["an alias of nothing", "a: *x\nb: &x 1", /^3: .*alias/],
    ["an anchor that is written twice", "a: &x 1\nb: &x 2", /anchor is written twice/],
    ["an alias of itself", "a: &x [*x]", /nested deeper/],
    ["a NUL byte", "a: x\0y", /^4: has a NUL byte/],
    ["a tab as indentation", "a:\n\tb: 1", /^3: .*Tabs/],
    ["nothing", "# only this\n", /the file is empty/],
  ])("%s", (_, text, fault) => {
    expect(faultOf(text)).toMatch(fault);
  });
});

const MANY = Array.from({ length: 9 }, (_, n) => n);

describe("soon enough to hold up nobody is refused", () => {
  test.each([
    ["a million lists in each other", "[".repeat(1_000_000), /nested deeper than 64 levels/],
    ["lists in each other on one line", `${"- ".repeat(100_000)}x`, /nested deeper/],
    ["maps in each other", "{a: ".repeat(60_000), /nested deeper/],
    [
      "an alias of aliases of aliases",
      MANY.map(
        (n) =>
          `a${n}: &a${n} [${
            n === 0
              ? "x"
              : Array(10)
                  .fill(`*a${n - 1}`)
                  .join(",")
          }]`,
      ).join("\n"),
      /more than 50000 values/,
    ],
    [
      "a long text meant very often",
      `x: &x ${"y".repeat(100_000)}\nz: [${Array(100).fill("*x").join(",")}]`,
      /more than 1048576 characters/,
    ],
    ["a hundred thousand words", "a: [1]\n".repeat(40_000), /words and signs/],
  ])("%s", (_, text, fault) => {
    const began = performance.now();
    expect(faultOf(text)).toMatch(fault);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

test("whatever bytes it is given, it gives a tree or a fault", () => {
  const piece = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&x",
    "*x",
    "!!",
    "|",
    ">",
    "'",
    '"',
    "#",
    "%",
    "\t",
    "---",
    "?",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" })), { maxLength: 40 }), (pieces) => {
      const { root, faults } = parseYaml(pieces.join(""));
      expect(root === undefined).toBe(faults.length > 0);
    }),
    { numRuns: 500 },
  );
});
