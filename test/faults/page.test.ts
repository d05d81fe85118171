/** docs/faults.md says where each fault is caused: the files and the tests that it names are there, and none is left out. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const DOCS = join(import.meta.dirname, "../../docs");
const page = readFileSync(join(DOCS, "faults.md"), "utf8");

interface Row {
  readonly fault: string;
  readonly file: string;
  readonly words: string;
}

const rows = page.split("\n").flatMap((line): Row[] => {
  const [fault = "", , where = ""] = line.split(" | ");
  const named = /^\[[\w-]+\]\((\S+)\) "(.+)"$/.exec(where);
  return named ? [{ fault, file: resolve(DOCS, named[1] ?? ""), words: named[2] ?? "" }] : [];
});

/** The titles in a test file: the first argument of `test(…)`, `test.skipIf(…)(…)` and `test.each(…)(…)`. */
function titlesIn(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:\btest|\)|\])\(\s*(["`])((?:(?!\1).)+)\1,/gs)].map(([, , title]) => title ?? "");
}

test("every row of the page names a test that is there", () => {
  expect(rows.length).toBe(page.split("\n").filter((line) => /^\| (?!fault |---)/.test(line)).length);
  const lies = rows.filter(
    ({ file, words }) => !existsSync(file) || !titlesIn(file).some((title) => title.includes(words)),
  );
  expect(lies).toEqual([]);
});

test("every file of tests here is named on the page", () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.ts") && name !== "page.test.ts");
  const named = new Set(rows.map(({ file }) => file));
  expect(files.filter((name) => !named.has(join(import.meta.dirname, name)))).toEqual([]);
});
