/** The live runs of this host: who they are, and how their end is noticed. */
import type { Clock, Timer } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import type { LiveRun } from "./live-run.ts";
import type { Custody } from "./process/custody.ts";
import { makeAgain, watchExits } from "./process/exits.ts";

/** How often their wrappers are looked at, in ms: behind the watch on exit files, for those that leave none. */
const LOOK_MS = 1_000;

export interface LiveRuns {
  /** From now on it is watched. */
  take(live: LiveRun): void;
  /** Its end is recorded. */
  drop(runId: number): void;
  get(runId: number): LiveRun | undefined;
  count(): number;
  watch(): void;
  /** Looks away; what lives runs on, and can still be let go by `detach`. */
  stop(): void;
  detach(): void;
}

export interface LiveRunsOptions {
  readonly exitsDirectory: string;
  readonly custody: Custody;
  readonly clock: Clock;
  readonly log: Log;
}

export function createLiveRuns({ exitsDirectory, custody, clock, log }: LiveRunsOptions): LiveRuns {
  const runs = new Map<number, LiveRun>();
  let watcher: { stop(): void } | undefined;
  let looking: Timer | undefined;
  let stopped = false;

  function exited(name: string): void {
    for (const live of runs.values()) if (publicId("run", live.run.id) === name) void live.exited();
  }

  function watch(): void {
    watcher = watchExits(exitsDirectory, exited, {
      onError: (error) => log.warn("exits cannot be watched; they are found by looking", { error }),
    });
  }

  /** Wrappers that find no directory to write their exit into would be lost, and their work done again. */
  function keepDirectory(): void {
    if (!makeAgain(exitsDirectory)) return;
    log.error("the directory of exits was taken away; it is made again", { exitsDirectory });
    watcher?.stop();
    watch();
  }

  /** While something lives; an idle daemon does nothing. */
  function look(): void {
    if (looking || stopped || runs.size === 0) return;
    looking = clock.after(LOOK_MS, () => {
      looking = undefined;
      try {
        keepDirectory();
        custody.observe([...runs.values()].map(({ kept }) => kept));
      } catch (error) {
        log.warn("the live runs could not be looked at; trying again in a second", { error });
      }
      for (const live of runs.values()) {
        if (live.isAlive()) live.wakeWrapper();
        else void live.exited();
      }
      look();
    });
  }

  return {
    take(live) {
      runs.set(live.run.id, live);
      look();
    },
    drop: (runId) => void runs.delete(runId),
    get: (runId) => runs.get(runId),
    count: () => runs.size,
    watch,
    stop() {
      stopped = true;
      looking?.cancel();
      watcher?.stop();
    },
    detach() {
      for (const live of runs.values()) live.detach();
    },
  };
}
