/** What every measurement is given: how long it may take, from what it runs, and a place that is cleared away afterwards. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "./rows.ts";

export const ROOT = join(import.meta.dirname, "..");
export const SOURCES = join(ROOT, "src", "main.ts");
const BUILT = join(ROOT, "dist", "daemon.mjs");

export interface Bench {
  /** Fewer rounds and smaller data: to see that it works, not to judge. */
  readonly quick: boolean;
  /** The daemon's program: from dist/ where that was made, else from sources. */
  readonly program: string;
  readonly isBuilt: boolean;
  /** A new empty directory. */
  directory(name: string): string;
  /** A child that is ended with the benchmark, whatever happens to it. */
  spawn(...args: Parameters<typeof spawn>): ChildProcess;
  say(line: string): void;
  close(): void;
}

export interface Measurement {
  readonly name: string;
  measure(bench: Bench): Promise<Row[]>;
}

export function createBench({ quick, say }: Pick<Bench, "quick" | "say">): Bench {
  const isBuilt = existsSync(BUILT);
  const scratch = mkdtempSync(join(tmpdir(), "steward-bench-"));
  const children = new Set<ChildProcess>();
  const close = () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.once("exit", close);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  return {
    quick,
    isBuilt,
    program: isBuilt ? BUILT : SOURCES,
    directory(name) {
      const path = join(scratch, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    },
    spawn(...args) {
      const child = spawn(...args);
      children.add(child);
      child.once("exit", () => children.delete(child));
      return child;
    },
    say,
    close,
  };
}
