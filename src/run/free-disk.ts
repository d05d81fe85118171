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

/** Why nothing is launched for want of disk, as a sentence; undefined when there is enough. */
export function diskProblem(directory: string, floor: number): string | undefined {
  const free = freeBytes(directory);
  if (free === undefined) return `The directory ${directory} cannot be used.`;
  if (free >= floor) return undefined;
  return `Only ${Math.floor(free / 2 ** 20)} MiB of disk are free; nothing is launched below ${Math.floor(floor / 2 ** 20)} MiB.`;
}
