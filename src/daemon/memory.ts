/** How much memory the daemon takes, held against its limit; told once when it comes near, and again after it was away from it. */
import type { Log } from "../core/log.ts";

/** Near means this part of the limit. */
const NEAR = 0.9;
const MB = 2 ** 20;

export interface Memory {
  /** Resident, in MB; the last that could be read, where it takes a file (Linux) and none can be opened. */
  usedMb(): number;
  limitMb(): number;
  /** To be called now and then. */
  look(): void;
  problem(): string | undefined;
}

export function watchMemory(
  limitMb: () => number,
  log: Log,
  rss: () => number = () => process.memoryUsage.rss(),
): Memory {
  let wasNear = false;
  let bytes = rss();
  const usedMb = () => {
    try {
      bytes = rss();
    } catch {
      // No descriptor is left to read it with: who asks for the daemon's state then needs the rest of the answer most.
    }
    return Math.round((bytes / MB) * 10) / 10;
  };
  const isNear = () => usedMb() >= NEAR * limitMb();
  return {
    usedMb,
    limitMb,
    look() {
      const near = isNear();
      if (near && !wasNear) log.warn("the daemon's memory nears its limit", { usedMb: usedMb(), limitMb: limitMb() });
      wasNear = near;
    },
    problem: () =>
      isNear()
        ? `The daemon takes ${usedMb()} MB of memory; its limit is ${limitMb()} MB (limits.memoryMb).`
        : undefined,
  };
}
