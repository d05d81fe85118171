/** Says on what the figures were made: they mean nothing without it. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { median } from "./figures.ts";

const SYNCS = 64;
const SYNCED_BYTES = 4096;

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly load: number;
  readonly node: string;
  /** One append of 4 KiB and its fsync, in ms. */
  readonly fsyncMs: number;
}

export function describeMachine(directory: string): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    load: loadavg()[0] ?? Number.NaN,
    node: process.version,
    fsyncMs: fsyncCost(join(directory, "synced")),
  };
}

function fsyncCost(path: string): number {
  const bytes = Buffer.alloc(SYNCED_BYTES, 1);
  const fd = openSync(path, "a");
  try {
    const costs = Array.from({ length: SYNCS }, () => {
      const began = performance.now();
      writeSync(fd, bytes);
      fsyncSync(fd);
      return performance.now() - began;
    });
    return median(costs);
  } finally {
    closeSync(fd);
  }
}

export function machineLine({ cores, processor, load, node, fsyncMs }: Machine): string {
  return `${cores} cores (${processor}), load ${load.toFixed(1)}, Node ${node}, append of 4 KiB + fsync ${fsyncMs.toFixed(2)} ms`;
}
