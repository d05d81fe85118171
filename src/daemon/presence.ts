/** The daemon's traces in its home: its pid for people, `daemon.json` for scripts; and who holds a home that is taken. */
import { existsSync, readFileSync } from "node:fs";
import { readBoundedFile } from "../config/bounded-file.ts";
import type { Clock, Timer } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import type { Log } from "../core/log.ts";
import { type DaemonFacts, forgetDaemon, readDaemonFacts, writeDaemonFacts, writePid } from "../fleet/daemon-file.ts";
import { type Identity, identify, isAlive } from "../run/process/identity.ts";

/** How often `daemon.json` is written anew, in ms. */
const HEARTBEAT_MS = 10_000;

/** Longest pid file that is read, in bytes. */
const PID_BYTES = 32;

export interface Presence {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: Log;
  readonly facts: () => Promise<DaemonFacts>;
  /** What else is looked after at each beat. */
  readonly onBeat: () => Promise<void>;
}

/** To be called as soon as the home is held: what an earlier daemon left there names somebody who is gone. */
export function claimPresence(paths: HomePaths): void {
  forgetDaemon(paths.daemon);
  writePid(paths.pid, process.pid);
}

export interface Shown {
  /** Why its traces cannot be written; undefined when they can. */
  problem(): string | undefined;
  stop(): void;
}

/** Writes `daemon.json` now, and again and again, and the pid when somebody took it away. */
export async function showPresence({ paths, clock, log, facts, onBeat }: Presence): Promise<Shown> {
  writeDaemonFacts(paths.daemon, await facts());
  let timer: Timer;
  let stopped = false;
  let problem: string | undefined;
  const show = async () => {
    await onBeat();
    const now = await facts();
    // Stopped meanwhile: its traces are being removed.
    if (stopped) return;
    writeDaemonFacts(paths.daemon, now);
    if (!existsSync(paths.pid)) writePid(paths.pid, process.pid);
  };
  const beat = () => {
    timer = clock.after(HEARTBEAT_MS, () => {
      show()
        .then(() => {
          problem = undefined;
        })
        .catch((error: unknown) => {
          if (problem === undefined) log.warn("the home cannot be written", { error });
          problem = `The home ${paths.home} cannot be written: ${error instanceof Error ? error.message : error}.`;
        })
        .finally(() => stopped || beat());
    });
  };
  beat();
  return {
    problem: () => problem,
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}

/** The last thing before the home is free again. */
export function forgetPresence(paths: HomePaths): void {
  forgetDaemon(paths.pid, paths.daemon);
}

/** The process that holds the home, as it described itself; undefined when it did not, or lives no more. */
export function holderIdentity(paths: HomePaths): Identity | undefined {
  const facts = readDaemonFacts(paths.daemon);
  if (!facts) return undefined;
  const identity = { pid: facts.pid, startTicks: facts.startTicks, bootId: facts.bootId, namespace: null };
  return isAlive(identity) ? identity : undefined;
}

/** The pid that the holder of the lock wrote down; undefined while it has not yet. Only ever shown. */
export function holderOf(paths: HomePaths): number | undefined {
  try {
    const pid = Number(readBoundedFile(paths.pid, PID_BYTES).toString("latin1"));
    return Number.isInteger(pid) && pid > 0 && identify(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** linux: random_boot_id(4); elsewhere there is none to tell. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
