import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeRunDirectory, runFiles } from "./run-files.ts";

test.each(["nowhere", "."])("a link to %s in the place of a run that is to come holds no launch up", (target) => {
  const runs = mkdtempSync(join(tmpdir(), "steward-runs-"));
  onTestFinished(() => rmSync(runs, { recursive: true, force: true }));
  const files = runFiles(runs, 7);
  symlinkSync(target, files.directory);
  makeRunDirectory(files, "Build a boat");
  expect(lstatSync(files.directory).isDirectory()).toBe(true);
  expect(readFileSync(files.prompt, "utf8")).toContain("Build a boat");
});
