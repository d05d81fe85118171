import fc from "fast-check";
import { expect, test } from "vitest";
import { inputLines } from "./asked-input.ts";

test.each<[string, unknown, string[]]>([
  ["a command", { command: "git push", timeout: 5 }, ["command: git push", "timeout: 5"]],
  ["a command of several lines", { command: "cd x\nrm -rf y" }, ["command:", "  │ cd x", "  │ rm -rf y"]],
  ["a command as a list", { command: ["sh", "-c", "rm -rf $HOME", ""] }, ['command: sh -c "rm -rf $HOME" ""']],
  [
    "a change, with what stays around it",
    { file_path: "a.ts", old_string: "one\ntwo\nthree", new_string: "one\n2\n2b\nthree", replace_all: false },
    [
      "file_path: a.ts",
      "old_string → new_string:",
      "  │   one",
      "  │ - two",
      "  │ + 2",
      "  │ + 2b",
      "  │   three",
      "replace_all: false",
    ],
  ],
  ["text that goes away", { old_string: "x", new_string: "" }, ["old_string → new_string:", "  │ - x"]],
  [
    "several changes",
    {
      edits: [
        { oldText: "a", newText: "b" },
        { oldText: "c", newText: "c\nd" },
      ],
    },
    [
      "edits:",
      "  1:",
      "    oldText → newText:",
      "      │ - a",
      "      │ + b",
      "  2:",
      "    oldText → newText:",
      "      │   c",
      "      │ + d",
    ],
  ],
  ["no change in it", { old: 1, new: 2 }, ["old: 1", "new: 2"]],
  [
    "text that looks like something else",
    { a: "5", b: "true", c: " x", d: "", e: "{}" },
    ['a: "5"', 'b: "true"', 'c: " x"', 'd: ""', 'e: "{}"'],
  ],
  ["names that look like something else", { "x: 1\ny": 2 }, ['"x: 1\\ny": 2']],
  ["nothing", {}, ["(nothing)"]],
  ["null", null, ["null"]],
  ["a text", "ls", ["ls"]],
  ["a list of nothing", { list: [], map: {}, none: null }, ["list: []", "map: {}", "none: null"]],
])("%s", (_, input, lines) => {
  expect(inputLines(input)).toEqual(lines);
});

test.each([
  ["colours and cursor moves", "\u001b[2J\u001b[31mls", "\\e[2J\\e[31mls"],
  ["a carriage return", "rm -rf /\rls", "rm -rf /\\rls"],
  ["text that runs backwards", "\u202els", "\\u202els"],
  ["what has no width", "a\u200bb\ufeffc\u00add", "a\\u{200b}b\\u{feff}c\\u{ad}d"],
  ["tags that nobody sees", "a\u{e0041}", "a\\u{e0041}"],
  ["a space that is none", "a\u00a0b", "a\\u{a0}b"],
  ["half a character", "a\ud800b", "a\\u{d800}b"],
])("shows %s", (_, command, shown) => {
  expect(inputLines({ command })).toEqual([`command: ${shown}`]);
});

test("whatever is asked, every letter of it is shown, and nothing of it can steer", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const word = fc.stringMatching(/^[a-z]{4,9}$/);
  const value = fc.oneof(
    word,
    text,
    fc.tuple(word, text, word).map((parts) => parts.join("\n")),
    fc.jsonValue({ maxDepth: 9 }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.oneof(word, text), value), (input) => {
      const lines = inputLines(input);
      const words = JSON.stringify(input).match(/(?<![\\a-z])[a-z]{4,}/g) ?? [];
      for (const one of words) expect(lines.join("\n")).toContain(one);
      for (const line of lines) expect(line).not.toMatch(/[^\P{Cc}\t]|\p{Cf}/u);
    }),
  );
});
