/** Reads the kernel's process table: the one place that knows how /proc is written. */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { isShortage } from "../../core/shortage.ts";

/** Paths are below /proc. What is gone, or not ours to read, is undefined: processes end while one looks. Throws `Unseen`. */
export interface Proc {
  /** The bytes of a file, one character per byte. */
  read(path: string): string | undefined;
  link(path: string): string | undefined;
  pids(): number[];
}

/** This host has no descriptor or memory left to look with: nothing is known, and least of all that somebody is dead. */
export class Unseen extends Error {
  override readonly name = "Unseen";
}

/** What tells one process from every other of this boot: a pid alone is used again. */
export interface ProcessKey {
  readonly pid: number;
  readonly startTicks: number;
}

export interface ProcessStat extends ProcessKey {
  readonly state: string;
  readonly parent: number;
  readonly session: number;
}

/** /proc files have no size, so they are read piece by piece up to this, in bytes: more than arguments or environment may be. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const PIECE = Buffer.allocUnsafe(64 * 1024);

export const systemProc: Proc = {
  read(path) {
    let file: number | undefined;
    try {
      file = openSync(`/proc/${path}`, "r");
      let text = "";
      while (text.length < MAX_FILE_BYTES) {
        const bytes = readSync(file, PIECE);
        if (bytes === 0) break;
        text += PIECE.toString("latin1", 0, bytes);
      }
      return text;
    } catch (error) {
      return unlessShort(error);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  },
  link(path) {
    try {
      return readlinkSync(`/proc/${path}`);
    } catch {
      return undefined;
    }
  },
  pids() {
    try {
      return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
    } catch (error) {
      return unlessShort(error) ?? [];
    }
  },
};

function unlessShort(error: unknown): undefined {
  if (isShortage(error)) throw new Unseen("this host has nothing left to look at processes with", { cause: error });
}

/** A living process. States Z and X are dead: what is left of those is an exit status that nobody has fetched. */
export function statOf(pid: number, proc: Proc): ProcessStat | undefined {
  const text = proc.read(`${pid}/stat`);
  if (text === undefined) return undefined;
  // proc(5): field 2 is the program's name in brackets and may itself hold brackets and blanks; what follows is numbers.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, , session] = fields;
  const startTicks = fields[19];
  if (!state || !parent || !session || !startTicks || "ZXx".includes(state)) return undefined;
  return { pid, state, parent: Number(parent), session: Number(session), startTicks: Number(startTicks) };
}

/** Every living process that can be seen, by pid. */
export function processTable(proc: Proc): Map<number, ProcessStat> {
  const table = new Map<number, ProcessStat>();
  for (const pid of proc.pids()) {
    const stat = statOf(pid, proc);
    if (stat) table.set(pid, stat);
  }
  return table;
}

/** proc(5), /proc/pid/task/tid/children; kernels built without it are asked through the parents of all processes. */
export function childrenOf(pid: number, proc: Proc): number[] {
  const listed = proc.read(`${pid}/task/${pid}/children`);
  if (listed !== undefined) return listed.split(" ").filter(Boolean).map(Number);
  return [...processTable(proc).values()].flatMap((stat) => (stat.parent === pid ? [stat.pid] : []));
}

/** Everything below `roots`, without them. */
export function descendantsOf(roots: Iterable<number>, table: ReadonlyMap<number, ProcessStat>): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  for (const stat of table.values()) {
    const siblings = children.get(stat.parent);
    if (siblings) siblings.push(stat);
    else children.set(stat.parent, [stat]);
  }
  const found = new Map<number, ProcessStat>();
  const waiting = [...roots];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.set(child.pid, child);
      waiting.push(child.pid);
    }
  }
  return [...found.values()];
}
