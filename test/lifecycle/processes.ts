/** Which processes belong to a home, found by other means than the daemon's own: environment and working directory. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Living processes that were started by runs of this home, the ones that hide from custody included. */
export function agentsOf(home: string): number[] {
  const marker = `STEWARD_RESULT=${home}/runs/`;
  return pids().filter((pid) => {
    if (isDead(pid)) return false;
    return (read(pid, "environ") ?? "").includes(marker) || (link(pid, "cwd") ?? "").startsWith(`${home}/runs/`);
  });
}

/** The runs that these processes say they are of, as `run-42`. */
export function runsOf(processes: readonly number[]): string[] {
  const named = processes.flatMap(
    (pid) => /\/runs\/(run-\d+)\//.exec(`${read(pid, "environ")}${link(pid, "cwd")}/`)?.[1] ?? [],
  );
  return [...new Set(named)];
}

/** Those whose parent it is, zombies too: `[pid, state, name]`. */
export function childrenOf(parent: number): [pid: number, state: string, name: string][] {
  return pids().flatMap((pid): [number, string, string][] => {
    const stat = statOf(pid);
    return stat?.parent === parent ? [[pid, stat.state, stat.name]] : [];
  });
}

export function isDead(pid: number): boolean {
  const state = statOf(pid)?.state;
  if (state === "Z") return !hasThreads(pid);
  return state === undefined || state === "X";
}

/** A process whose first thread has ended keeps its files, and their locks, until its last one has. */
function hasThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false; // It has been reaped meanwhile.
  }
}

/** proc(5), /proc/pid/task/tid/comm: names of its threads. */
export function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => (read(pid, `task/${tid}/comm`) ?? "").trim());
}

/** proc(5), /proc/pid/status, VmRSS: memory that is really there, in bytes. */
export function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(read(pid, "status") ?? "")?.[1] ?? 0);
}

/** Processor time that was used so far, in ms. */
export function processorMs(pid: number): number {
  return 10 * (statOf(pid)?.ticks ?? 0);
}

function statOf(pid: number): { state: string; parent: number; name: string; ticks: number } | undefined {
  const text = read(pid, "stat");
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  return { state: fields[0] ?? "X", parent: Number(fields[1]), name, ticks: Number(fields[11]) + Number(fields[12]) };
}

function pids(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return undefined;
  }
}

function link(pid: number, file: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${file}`);
  } catch {
    return undefined;
  }
}
