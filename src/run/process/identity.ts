/** Who a process is, so that a recycled pid is never taken for it, adopted as it, or signalled in its place. */
import { type Proc, type ProcessKey, type ProcessStat, statOf, systemProc, Unseen } from "./proc.ts";

/** The wrapper of a run: the init of the run's pid namespace where there is one. */
export interface Identity extends ProcessKey {
  /** Host pid: as the daemon sees it. */
  readonly pid: number;
  /** Clock ticks from boot to its start: proc(5), /proc/pid/stat, field 22. */
  readonly startTicks: number;
  /** /proc/sys/kernel/random/boot_id: pids and ticks begin anew with every boot. */
  readonly bootId: string;
  /** `pid:[4026532…]`, pid_namespaces(7), when it is another one than the daemon's; else null. */
  readonly namespace: string | null;
}

/** USER_HZ: what /proc counts in, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export function identify(pid: number, proc: Proc = systemProc): Identity | undefined {
  const stat = statOf(pid, proc);
  const bootId = bootIdOf(proc);
  if (!stat || bootId === undefined) return undefined;
  const namespace = proc.link(`${pid}/ns/pid`) ?? null;
  // Seen last: what was read above then belongs to one process, and not to the next one with this pid.
  if (statOf(pid, proc)?.startTicks !== stat.startTicks) return undefined;
  const isOwn = namespace === null || namespace === proc.link("self/ns/pid");
  return { pid, startTicks: stat.startTicks, bootId, namespace: isOwn ? null : namespace };
}

/** True as well when nothing can be looked at: nobody is dead before it was seen. */
export function isAlive(identity: Identity, proc: Proc = systemProc): boolean {
  return ifSeen(() => bootIdOf(proc) === identity.bootId && liveStat(identity, proc) !== undefined, true);
}

/** proc(5): T is stopped by a signal. */
export function isStopped(identity: Identity, proc: Proc = systemProc): boolean {
  return ifSeen(() => bootIdOf(proc) === identity.bootId && liveStat(identity, proc)?.state === "T", false);
}

/** True when the signal was sent. Who it is, is checked right before; what is left is the gap of one system call. */
export function signalIf(identity: Identity, signal: NodeJS.Signals, proc: Proc = systemProc): boolean {
  return ifSeen(() => bootIdOf(proc) === identity.bootId, false) && signalProcess(identity, signal, proc);
}

/** The same for a process that was found during this boot. */
export function signalProcess(key: ProcessKey, signal: NodeJS.Signals, proc: Proc = systemProc): boolean {
  // 0 and below mean whole groups, and 1 is the machine's init or this container's: never ours to signal.
  if (key.pid <= 1 || !ifSeen(() => liveStat(key, proc) !== undefined, false)) return false;
  try {
    return process.kill(key.pid, signal);
  } catch {
    return false;
  }
}

/** Milliseconds since it was started, alive or not, whatever the wall clock did; undefined when that was another boot. */
export function ageMs(identity: Identity, proc: Proc = systemProc): number | undefined {
  const uptime = Number.parseFloat(proc.read("uptime") ?? "");
  if (bootIdOf(proc) !== identity.bootId || Number.isNaN(uptime)) return undefined;
  const age = Math.round(uptime * 1000 - (identity.startTicks * 1000) / TICKS_PER_SECOND);
  // A container may show an uptime of its own, shorter than the host's that start ticks are counted by.
  return age < -1000 ? undefined : Math.max(0, age);
}

function ifSeen(look: () => boolean, otherwise: boolean): boolean {
  try {
    return look();
  } catch (error) {
    if (error instanceof Unseen) return otherwise;
    throw error;
  }
}

function liveStat(key: ProcessKey, proc: Proc): ProcessStat | undefined {
  const stat = statOf(key.pid, proc);
  return stat?.startTicks === key.startTicks ? stat : undefined;
}

function bootIdOf(proc: Proc): string | undefined {
  return proc.read("sys/kernel/random/boot_id")?.trim();
}
