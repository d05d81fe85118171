import { expect, test } from "vitest";
import { leadingWords, readArguments } from "./argv.ts";
import type { Typed } from "./catalogue.ts";

const VERB: Typed = {
  summary: "",
  args: ["prompt"],
  fields: [
    { name: "prompt", flag: "prompt", type: "text", required: true },
    { name: "dryRun", flag: "dry-run", type: "boolean" },
    { name: "lines", flag: "lines", short: "n", type: "number" },
    { name: "waitMs", flag: "wait", type: "duration", unit: "ms" },
    { name: "title", flag: "title", type: "text" },
  ],
};

const read = (...argv: string[]) => readArguments("fake verb", VERB, argv);

test.each([
  [["hello"], { prompt: "hello" }],
  [["--prompt", "hello"], { prompt: "hello" }],
  [["hello", "--dry-run"], { prompt: "hello", dryRun: true }],
  [["hello", "--dry-run=no"], { prompt: "hello", dryRun: false }],
  [["-n", "5", "hello"], { prompt: "hello", lines: 5 }],
  [["-n=5", "hello"], { prompt: "hello", lines: 5 }],
  [["hello", "--title", "--json"], { prompt: "hello", title: "--json" }],
  [["hello", "--title=a=b"], { prompt: "hello", title: "a=b" }],
  [["--", "--dry-run"], { prompt: "--dry-run" }],
  [["--", "-h"], { prompt: "-h" }],
  [["-"], { prompt: "-" }],
  [[""], { prompt: "" }],
])("%j is read", (argv, input) => {
  expect(read(...argv).input).toEqual(input);
});

test("a duration without a unit is in seconds, whatever the field counts in", () => {
  expect(read("x", "--wait", "2").input).toEqual({ prompt: "x", waitMs: 2000 });
  expect(read("x", "--wait", "2ms").input).toEqual({ prompt: "x", waitMs: 2 });
});

test("global flags are no part of the input", () => {
  expect(read("x", "--json", "--home", "/h", "--wait-limit", "2m")).toEqual({
    input: { prompt: "x" },
    globals: { json: true, home: "/h", waitLimitMs: 120_000, yes: false, help: false },
  });
});

test.each([
  [["--home="], "--home needs a value."],
  [["--home", ""], "--home needs a value."],
])("%j is refused: an empty path would mean this directory", (argv, message) => {
  expect(() => read("x", ...argv)).toThrow(message);
});

test("asking for help forgives what is missing", () => {
  expect(read("--help").globals.help).toBe(true);
  expect(read("-h", "--nonsense").globals.help).toBe(true);
});

test.each([
  [
    ["task", "list", "--state", "x"],
    ["task", "list"],
    ["--state", "x"],
  ],
  [
    ["--json", "task", "--home", "/h", "list", "a"],
    ["task", "list"],
    ["--json", "--home", "/h", "a"],
  ],
  [["run", "--title", "x", "prompt"], ["run"], ["--title", "x", "prompt"]],
  [["task", "-"], ["task", "-"], []],
  [[], [], []],
])("of %j the words are %j", (argv, words, rest) => {
  expect(leadingWords(argv)).toEqual({ words, rest });
});
