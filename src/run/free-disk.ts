/** How much room is left for what runs write. */
import { existsSync, mkdirSync, statfsSync } from "node:fs";

/** Makes the directory when somebody took it away, but not the home around it; undefined when that is not possible. */
export function freeBytes(directory: string): number | undefined {
  try {
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
