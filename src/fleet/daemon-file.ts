/** `daemon.json` and `steward.pid`: what the daemon says of itself to people and scripts. Written whole, never trusted. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { readBoundedFile } from "../config/bounded-file.ts";

/** Longest `daemon.json` that is read, in bytes. */
const MAX_BYTES = 64 * 1024;

const DaemonFacts = z.object({
  pid: z.int().positive(),
  /** With pid and boot id: which process that is, so that nobody else is signalled in its place. */
  startTicks: z.int(),
  bootId: z.string(),
  version: z.string(),
  startedAt: z.string(),
  addresses: z.array(z.string()),
  heartbeatAt: z.string(),
  counts: z.record(z.string(), z.int()),
  /** Where the store is, when it is a file: it must not be made anew when it is missing. */
  storeFile: z.string().optional(),
});

export type DaemonFacts = z.output<typeof DaemonFacts>;

export function writeDaemonFacts(path: string, facts: DaemonFacts): void {
  writeWhole(path, `${JSON.stringify(facts, null, 2)}\n`);
}

export function writePid(path: string, pid: number): void {
  writeWhole(path, `${pid}\n`);
}

/** Undefined when there is none or it is not ours to understand. */
export function readDaemonFacts(path: string): DaemonFacts | undefined {
  try {
    return DaemonFacts.parse(JSON.parse(readBoundedFile(path, MAX_BYTES).toString("utf8")));
  } catch {
    return undefined;
  }
}

export function forgetDaemon(...paths: string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

/** A reader sees the old text or the new one, never half of it and never an empty file. */
function writeWhole(path: string, text: string): void {
  const next = `${path}.new`;
  const file = openSync(next, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}
