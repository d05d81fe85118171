import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveProgram } from "./program.ts";

const home = mkdtempSync(join(tmpdir(), "steward-program-"));
afterAll(() => rmSync(home, { recursive: true }));

for (const [path, mode] of [
  ["first/tool", 0o600],
  ["second/tool", 0o700],
  ["work/script", 0o700],
] as const) {
  mkdirSync(join(home, path, ".."), { recursive: true });
  writeFileSync(join(home, path), "");
  chmodSync(join(home, path), mode);
}
mkdirSync(join(home, "second/folder"));

const cwd = join(home, "work");
const PATH = `${home}/first:${home}/second`;

test.each([
  ["tool", "second/tool", "the first that may be executed"],
  ["./script", "work/script", "a path from the working directory"],
  ["../second/tool", "second/tool", "a path that leads out of it"],
])("%s means %s: %s", (name, expected) => {
  expect(resolveProgram(name, { PATH, cwd })).toBe(join(home, expected));
});

test.each(["missing", "script", "folder", "../first/tool", "", "to\0ol"])("%j means no program", (name) => {
  expect(resolveProgram(name, { PATH, cwd })).toBeUndefined();
});

test("an empty part of PATH is the working directory", () => {
  expect(resolveProgram("script", { PATH: `${PATH}:`, cwd })).toBe(join(cwd, "script"));
});
