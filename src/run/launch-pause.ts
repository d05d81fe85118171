/** Why this host launches nothing for now: too little disk, or trouble with launching itself, which is waited out. */
import type { Clock } from "../core/clock.ts";
import { diskProblem } from "./free-disk.ts";

export interface LaunchPauseOptions {
  readonly clock: Clock;
  readonly runsDirectory: string;
  /** Bytes of free disk below which nothing is launched. */
  readonly freeDiskBytes: () => number;
}

export interface LaunchPause {
  /** As a sentence; undefined when something may be launched. */
  why(): string | undefined;
  /** Something that launching needs failed. Returns how long nothing is launched now, in ms. */
  suffer(error: unknown, what: string): number;
  /** A launch went well: the next trouble begins with a short pause again. */
  clear(): void;
  /** When to look again, in ms from now; undefined while nothing is wrong. */
  lookAgainMs(): number | undefined;
}

/** Nothing is launched for this long, doubling up to a limit, in ms. */
const TROUBLE_FIRST_MS = 1_000;
const TROUBLE_MAX_MS = 60_000;
/** Nobody says that there is room again, in ms. */
const LOOK_AT_DISK_MS = 30_000;

export function createLaunchPause({ clock, runsDirectory, freeDiskBytes }: LaunchPauseOptions): LaunchPause {
  let trouble: { message: string; until: number; pauseMs: number } | undefined;
  const leftMs = () => (trouble ? trouble.until - clock.monotonic() : 0);
  const ofDisk = () => diskProblem(runsDirectory, freeDiskBytes());
  return {
    why: () => (leftMs() > 0 ? `Launching failed: ${trouble?.message}` : ofDisk()),
    suffer(error, what) {
      const pauseMs = Math.min(trouble ? trouble.pauseMs * 2 : TROUBLE_FIRST_MS, TROUBLE_MAX_MS);
      const message = error instanceof Error ? error.message : `${what}: ${String(error)}`;
      trouble = { message, pauseMs, until: clock.monotonic() + pauseMs };
      return pauseMs;
    },
    clear() {
      trouble = undefined;
    },
    lookAgainMs() {
      if (leftMs() > 0) return leftMs() + 1;
      return ofDisk() === undefined ? undefined : LOOK_AT_DISK_MS;
    },
  };
}
