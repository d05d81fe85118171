import { expect, test } from "vitest";
import { closest } from "./suggest.ts";

test.each<[string, string[], string | undefined]>([
  ["comand", ["runtime", "command"], "command"],
  ["WIPLIMIT", ["wipLimit"], "wipLimit"],
  ["wip_limit", ["wipLimit"], "wipLimit"],
  ["evn", ["file", "env"], "env"],
  ["runIdelSeconds", ["runWallSeconds", "runIdleSeconds"], "runIdleSeconds"],
  ["x", ["id", "y"], undefined],
  ["agents", ["limits"], undefined],
  ["", ["a"], undefined],
  ["host", [], undefined],
])("%j among %j means %j", (word, known, meant) => {
  expect(closest(word, known)).toBe(meant);
});

test("a word of the length of a book is not compared", () => {
  expect(closest("x".repeat(1_000_000), [`${"x".repeat(999_999)}y`])).toBeUndefined();
});
