/** The directory that a task names: whether one could work there now. */
import { statSync } from "node:fs";
import { isShortage } from "../core/shortage.ts";

/** False for whatever cannot be entered: no such thing, a file, a circle of links, a name that no file can have. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (isShortage(error)) throw error;
    return false;
  }
}

/** As `notice` of a task that was submitted: it may yet come to be. Undefined when there is nothing to say. */
export function directoryNotice(cwd: string | undefined): string | undefined {
  if (cwd === undefined || isDirectory(cwd)) return undefined;
  return `There is no directory ${cwd} on this host yet: unless it is made before the task runs, the task fails.`;
}
