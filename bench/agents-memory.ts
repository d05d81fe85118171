/** Memory of processes and all their children: what each holds alone, and its share of what several hold (proc(5), smaps_rollup, Pss). */
import { readdirSync, readFileSync } from "node:fs";

/** In MB. Those that are gone hold nothing. */
export function residentMb(pids: readonly number[]): number {
  const all = new Set(pids);
  const parents = new Map(
    readdirSync("/proc")
      .filter(isNumber)
      .map((name) => [Number(name), parentOf(Number(name))]),
  );
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    for (const [pid, parent] of parents) if (all.has(parent)) all.add(pid);
  }
  return [...all].reduce((sum, pid) => sum + proportionalKb(pid), 0) / 1024;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function proportionalKb(pid: number): number {
  return Number(/^Pss: +(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
