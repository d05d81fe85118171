/** Custody by looking: what carries the run's marker, descends from it, shares its session, or was seen to do so before. */
import { type Identity, isAlive, signalIf, signalProcess } from "./identity.ts";
import type { Keeper, Kept } from "./keeper.ts";
import { descendantsOf, type Proc, type ProcessKey, type ProcessStat, processTable } from "./proc.ts";

/** A forking tree can slip between two looks, so one that finds nothing proves little. */
const EMPTY_LOOKS = 3;

export interface ScanKeeper extends Keeper {
  /** Remembers who descends from whom, for the time when a parent between is gone. One table for all runs; no environments. */
  observe(runs: readonly Kept[]): void;
  forget(identity: Identity): void;
}

export function scanKeeper(proc: Proc): ScanKeeper {
  const seen = new Map<string, ReadonlyMap<number, ProcessStat>>();

  function look(kept: Kept, table: Map<number, ProcessStat>, marked: readonly ProcessStat[]): ProcessStat[] {
    const { identity } = kept;
    const wrapperLives = isAlive(identity, proc);
    const known = [...(seen.get(keyOf(identity))?.values() ?? [])].flatMap((before) => {
      const now = table.get(before.pid);
      return now?.startTicks === before.startTicks ? [now] : [];
    });
    const found = new Map([...marked, ...known].map((stat) => [stat.pid, stat]));
    // A session's number is free for others once nobody is left in it, so it counts only while one of ours proves it ours.
    if (wrapperLives || [...found.values()].some((stat) => stat.session === identity.pid)) {
      for (const stat of table.values()) if (stat.session === identity.pid) found.set(stat.pid, stat);
    }
    const roots = wrapperLives ? [identity.pid, ...found.keys()] : found.keys();
    for (const stat of descendantsOf(roots, table)) found.set(stat.pid, stat);
    if (wrapperLives) found.delete(identity.pid);
    found.delete(process.pid);
    seen.set(keyOf(identity), found);
    return [...found.values()];
  }

  function members(kept: Kept): ProcessStat[] {
    const table = processTable(proc);
    return look(kept, table, carriersOf(kept.marker, table, proc));
  }

  return {
    members,
    kill(kept) {
      const found = members(kept);
      for (const member of found) signalProcess(member, "SIGKILL", proc);
      // The wrapper last: while it lives, its descendants and its session can be told from others.
      if (found.length === 0) signalIf(kept.identity, "SIGKILL", proc);
    },
    emptyLooks: EMPTY_LOOKS,
    observe(runs) {
      if (runs.length === 0) return;
      const table = processTable(proc);
      for (const kept of runs) look(kept, table, []);
    },
    forget: (identity) => void seen.delete(keyOf(identity)),
  };
}

/** proc(5), /proc/pid/environ: NUL-separated, as it was when the program began. Other users' are not ours to read. */
function carriersOf(marker: string, table: ReadonlyMap<number, ProcessStat>, proc: Proc): ProcessStat[] {
  const needle = `\0${Buffer.from(marker).toString("latin1")}\0`;
  return [...table.values()].filter((stat) => `\0${proc.read(`${stat.pid}/environ`) ?? ""}\0`.includes(needle));
}

function keyOf(key: ProcessKey): string {
  return `${key.pid}-${key.startTicks}`;
}
