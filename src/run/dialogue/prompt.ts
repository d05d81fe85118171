/** The prompt of a run as its agent is told it: read from the run's directory when it is said. */
import { readOwn } from "../own-file.ts";
import type { RunFiles } from "../run-files.ts";

/** Longest that is read, in bytes: above any limits.promptBytes that makes sense. */
const MAX_BYTES = 256 * 1024 * 1024;

export function readPrompt(files: RunFiles): string {
  return readOwn(files.prompt, 0, MAX_BYTES).toString("utf8");
}
