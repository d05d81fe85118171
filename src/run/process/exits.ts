/** How runs ended: one file per run in one directory, written by its wrapper, so that one watch sees them all. */
import { watch } from "node:fs";
import { join } from "node:path";
import { readBoundedFile } from "../../config/bounded-file.ts";

/** Three digits and the end of the line. */
const EXIT_BYTES = 4;

/** The exit status of a run (128 + n: ended by signal n), or undefined while no whole line stands there. An agent may have put anything there. */
export function readExit(exitsDirectory: string, run: string): number | undefined {
  try {
    const line = readBoundedFile(join(exitsDirectory, run), EXIT_BYTES).toString("latin1");
    return /^\d{1,3}\n$/.test(line) ? Number(line) : undefined;
  } catch {
    return undefined;
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
      if (run !== null && readExit(exitsDirectory, run) !== undefined) onExit(run);
    });
    watcher.on("error", onError);
    return { stop: () => watcher.close() };
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)));
    return { stop() {} };
  }
}
