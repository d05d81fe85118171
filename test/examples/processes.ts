/** Finds the processes that were left behind, by what they have in their environment. */
import { readdirSync, readFileSync } from "node:fs";

/** The pids of those whose environment contains this text. */
export function processesWith(text: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => readOrNothing(`/proc/${pid}/environ`).includes(text));
}

/** Processes of others, and those that have just ended, show nothing. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
