/** How runs ended: one file per run in one directory, written by its wrapper, so that one watch sees them all. */
import { existsSync, mkdirSync, watch } from "node:fs";
import { join } from "node:path";
import { readBoundedFile } from "../../config/bounded-file.ts";
import { isShortage } from "../../core/shortage.ts";

/** Three digits and the end of the line. */
const EXIT_BYTES = 4;

/**
 * The exit status of a run (128 + n: ended by signal n), or undefined while no whole line stands there, or what an agent
 * put there instead of a file. Throws when it cannot look.
 */
export function readExit(exitsDirectory: string, run: string): number | undefined {
  try {
    const line = readBoundedFile(join(exitsDirectory, run), EXIT_BYTES).toString("latin1");
    return /^\d{1,3}\n$/.test(line) ? Number(line) : undefined;
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}

/** False as well while it cannot be looked at: whoever waits for it looks again. */
export function hasExit(exitsDirectory: string, run: string): boolean {
  try {
    return readExit(exitsDirectory, run) !== undefined;
  } catch {
    return false;
  }
}

/** True when the directory was taken away and is there again. Not with a home that was taken away whole: that is not begun anew. */
export function makeAgain(exitsDirectory: string): boolean {
  try {
    if (existsSync(exitsDirectory)) return false;
    mkdirSync(exitsDirectory, { mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}

export interface WatchExitsOptions {
  /** The watch failed, at once or later: exits are then only found by those who look at identities. */
  readonly onError?: (error: Error) => void;
}

/** Tells of each run at least once, when its exit is readable. Ends that leave no file are for the poll of identities. */
export function watchExits(
  exitsDirectory: string,
  onExit: (run: string) => void,
  { onError = () => {} }: WatchExitsOptions = {},
): { stop(): void } {
  try {
    const watcher = watch(exitsDirectory, { persistent: false }, (_, run) => {
      if (run !== null && hasExit(exitsDirectory, run)) onExit(run);
    });
    watcher.on("error", onError);
    return { stop: () => watcher.close() };
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)));
    return { stop() {} };
  }
}
