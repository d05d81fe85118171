import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readExit, watchExits } from "./exits.ts";
import { eventually } from "./launched-run.testing.ts";

const exits = mkdtempSync(join(tmpdir(), "steward-exits-"));
afterAll(() => rmSync(exits, { recursive: true }));

test.each([
  ["0\n", 0],
  ["143\n", 143],
  ["", undefined],
  ["14", undefined],
  ["1234\n", undefined],
  ["-1\n", undefined],
  ["1\n2\n", undefined],
])("%j in the file means %s", (text, expected) => {
  writeFileSync(join(exits, "run-1"), text);
  expect(readExit(exits, "run-1")).toBe(expected);
});

test("a run without a file has no exit yet", () => {
  expect(readExit(exits, "run-404")).toBeUndefined();
});

test("an exit is told when its line is whole, and not before", async () => {
  const told: string[] = [];
  const watched = watchExits(exits, (run) => told.push(run));
  writeFileSync(join(exits, "run-2"), "14");
  writeFileSync(join(exits, "run-3"), "0\n");
  await eventually(() => told.includes("run-3"));
  expect(told).not.toContain("run-2");
  appendFileSync(join(exits, "run-2"), "3\n");
  await eventually(() => told.includes("run-2"));
  watched.stop();
});

test("a directory that cannot be watched is an error that is told, not thrown", () => {
  const errors: Error[] = [];
  watchExits(join(exits, "missing"), () => {}, { onError: (error) => errors.push(error) }).stop();
  expect(errors).toHaveLength(1);
});
