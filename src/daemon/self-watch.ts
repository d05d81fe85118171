/** The daemon's watch over itself: its event loop, its memory, its home, and how the one before it ended. */
import { existsSync } from "node:fs";
import type { Limits } from "../config/limits.ts";
import type { Clock } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import type { Log } from "../core/log.ts";
import type { Ports } from "../core/operation.ts";
import { appendEvent } from "../event/event.store.ts";
import { guardStore } from "../store/guarded.ts";
import type { Store } from "../store/store.ts";
import { createCrash, type RecordCrash } from "./crash.ts";
import { reportFatalErrors } from "./fatal-error.ts";
import { type HomeLost, type HomeWatch, watchHome } from "./home-watch.ts";
import { countEnds, type UnexpectedEnd } from "./last-end.ts";
import { createLoopWatch, type LoopWatch } from "./loop-watch.ts";
import { type Memory, watchMemory } from "./memory.ts";
import { watchProgram } from "./program-watch.ts";
import { StartFailure } from "./start-failure.ts";

export interface SelfWatchOptions {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => Limits;
  readonly version: string;
  readonly secrets: () => readonly string[];
  readonly lastEnd: UnexpectedEnd | undefined;
}

export interface SelfWatch {
  readonly crash: RecordCrash;
  readonly memory: Memory;
  readonly lastEnd: { readonly at: string; readonly reason: string } | null;
  /** Daemons of this home have ended unexpectedly so often that this one has to wait for a person. */
  readonly isCrashLoop: boolean;
  /** To be called once the store is open: what happened becomes an event. */
  recordLastEnd(store: Store): Promise<void>;
  /** A store that writes only while the home is ours; `storeFile` where it lies, when it is a file. */
  guard(store: Store, storeFile: string | undefined): Store;
  /** To be called when everything answers: before that, a migration may take as long as it takes. */
  watchLoop(store: Store): void;
  /** Calls that are watched: whatever a caller asks for may be what blocks the loop. */
  watched(ports: Ports): Ports;
  problems(isStandby: boolean): readonly (string | undefined)[];
  isHomeWell(): boolean;
  /** At each heartbeat. */
  look(): void;
  stop(): Promise<void>;
}

/** Who only asks whether the daemon is there wakes nobody. */
const IDLE_CALLS = new Set(["ping", "daemon.status"]);
/** Answers that say why get this long to leave before the daemon ends, in ms. */
const LAST_WORDS_MS = 200;
const ACTOR = "host:daemon";

/** A store that was there is never silently begun anew. Leaves the traces, so that the next start says the same. */
export function assertStoreThere(lastEnd: UnexpectedEnd | undefined, paths: HomePaths): void {
  const file = lastEnd?.storeFile;
  if (file === undefined || existsSync(file)) return;
  throw new StartFailure("unavailable", `The store ${file} was there when the last daemon ran, and is gone.`, {
    hint: `Put a backup in its place (\`steward store restore\` takes the latest); to begin with an empty store, remove ${paths.daemon} too.`,
  });
}

export function createSelfWatch(options: SelfWatchOptions): SelfWatch {
  const { paths, clock, log, limits, lastEnd } = options;
  const isCrashLoop = lastEnd !== undefined && tellLastEnd(options, lastEnd);
  const memory = watchMemory(() => limits().memoryMb, log);
  const program = watchProgram(process.argv[1] ?? "");
  let home: HomeWatch | undefined;
  let loop: LoopWatch | undefined;
  reportFatalErrors(paths.logs);
  return {
    crash: createCrash(options),
    memory,
    lastEnd: lastEnd ? { at: lastEnd.at, reason: lastEnd.reason } : null,
    isCrashLoop,
    recordLastEnd: async (store) => {
      if (lastEnd) await recordEnd(store, lastEnd);
    },
    guard(store, storeFile) {
      const watch = watchHome({ paths, storeFile, monotonic: clock.monotonic, onLost: (why) => endSoon(log, why) });
      home = watch;
      return guardStore(store, { before: () => loop?.wake(), refusal: watch.refusal });
    },
    watchLoop(store) {
      const recordMoved = (data: object) =>
        store.write((tx) => appendEvent(tx, { topic: "daemon.was_blocked", actor: ACTOR, data: { ...data } }));
      loop = createLoopWatch({
        ...options,
        onMoved: (moved) => {
          log.warn("the event loop moves again", { ...moved });
          recordMoved(moved).catch((error: unknown) => log.error("a block could not be recorded", { error }));
        },
      });
    },
    watched(ports) {
      const wakeFor = (name: string) => {
        if (!IDLE_CALLS.has(name)) loop?.wake();
      };
      return {
        ...ports,
        call: (name, ...rest) => {
          wakeFor(name);
          return ports.call(name, ...rest);
        },
        stream: (name, ...rest) => {
          wakeFor(name);
          return ports.stream(name, ...rest);
        },
      };
    },
    problems: (isStandby) => [
      home?.problem(),
      loop?.problem(),
      program.problem(),
      isCrashLoop && isStandby ? crashLoopProblem(limits(), lastEnd.reason) : undefined,
    ],
    isHomeWell: () => home?.problem() === undefined,
    look() {
      memory.look();
      home?.problem();
    },
    stop: async () => await loop?.stop(),
  };
}

async function recordEnd(store: Store, { pid, at, reason }: UnexpectedEnd): Promise<void> {
  await store.write((tx) =>
    appendEvent(tx, { topic: "daemon.ended_unexpectedly", actor: ACTOR, data: { pid, at, reason } }),
  );
}

/** True when there were too many such ends. */
function tellLastEnd(
  { paths, clock, log, limits }: SelfWatchOptions,
  { at, reason, pid, isOurs }: UnexpectedEnd,
): boolean {
  const { crashLoopEnds, crashLoopMinutes } = limits();
  const ends = isOurs ? countEnds(paths, clock.now(), crashLoopMinutes * 60_000) : 0;
  log.warn("the last daemon ended unexpectedly", { at, reason, pid, endsOfLate: ends });
  if (ends < crashLoopEnds) return false;
  log.error("too many unexpected ends: this daemon begins in standby", { ends, crashLoopEnds, crashLoopMinutes });
  return true;
}

function crashLoopProblem({ crashLoopEnds, crashLoopMinutes }: Limits, reason: string): string {
  const ends = `${crashLoopEnds} daemons or more of this home ended unexpectedly within ${crashLoopMinutes} minutes`;
  return `${ends} (the last: ${reason}), so this one is in standby. \`steward daemon activate\` lets it go on.`;
}

/** What is unexpected ends the daemon, loudly; its program sees to that. */
function endSoon(log: Log, why: HomeLost): void {
  log.error("the daemon has to end: its home is not its own any more", { error: why });
  setTimeout(() => {
    throw why;
  }, LAST_WORDS_MS);
}
