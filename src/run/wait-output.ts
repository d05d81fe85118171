/** Waiting for a run to print more, or to end. */
import { watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../core/clock.ts";
import { subscribe } from "../event/event.store.ts";
import type { Store } from "../store/store.ts";
import { plainStat } from "./process/plain-file.ts";
import type { RunRow } from "./run.store.ts";

interface UntilGrown {
  readonly store: Store;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly path: string;
  readonly from: number;
  readonly waitMs: number;
  readonly run: () => Promise<RunRow>;
}

/** How often the size is looked at while waiting, in ms, should no watch be had. */
const LOOK_MS = 1_000;

/**
 * What can be read from `from` on, when there is something. What is not whole yet (half a line, half a character) gives nothing,
 * however often one reads: then it is waited until more stands there.
 */
export async function readGrown<T>(
  wanted: UntilGrown,
  read: (run: RunRow) => T | Promise<T>,
  isNothing: (found: T) => boolean,
): Promise<{ readonly run: RunRow; readonly found: T }> {
  const run = await untilGrown(wanted);
  const size = sizeOf(wanted.path);
  const found = await read(run);
  if (!isNothing(found) || size <= wanted.from || run.state === "ended") return { run, found };
  const later = await untilGrown({ ...wanted, from: size });
  return { run: later, found: await read(later) };
}

/** The run as it is when there is something to read from `from` on, or nothing more to wait for. */
export async function untilGrown({ store, clock, signal, path, from, waitMs, run }: UntilGrown): Promise<RunRow> {
  const deadline = clock.monotonic() + waitMs;
  let changed = () => {};
  const stops: (() => void)[] = [subscribe(store, () => changed())];
  const gone = () => changed();
  signal.addEventListener("abort", gone);
  stops.push(() => signal.removeEventListener("abort", gone));
  try {
    if (waitMs > 0) stops.push(watchDirectory(dirname(path), () => changed()));
    for (;;) {
      const next = new Promise<void>((resolve) => {
        changed = resolve;
      });
      const row = await run();
      const left = deadline - clock.monotonic();
      if (row.state === "ended" || sizeOf(path) > from || left <= 0 || signal.aborted) return row;
      const timer = clock.after(Math.min(left, LOOK_MS), () => changed());
      await next;
      timer.cancel();
    }
  } finally {
    for (const stop of stops) stop();
  }
}

function sizeOf(path: string): number {
  return plainStat(path)?.size ?? 0;
}

function watchDirectory(directory: string, onChange: () => void): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
