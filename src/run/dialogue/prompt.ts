/** The prompt of a run as its agent is told it: read from the run's directory when it is said. */
import { readFileSync } from "node:fs";
import type { RunFiles } from "../run-files.ts";

/** An agent that put something else there in the moment between has only itself to talk to. */
export function readPrompt(files: RunFiles): string {
  return readFileSync(files.prompt, "utf8");
}
