/** Scratch directories of tests: each test file's are removed when it is done. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** `steward-NAME-…` in the temporary directory. Called at the top of a test file, it gives how to make one. */
export function scratch(name: string): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  });
  return () => {
    const directory = mkdtempSync(join(tmpdir(), `steward-${name}-`));
    made.push(directory);
    return directory;
  };
}
