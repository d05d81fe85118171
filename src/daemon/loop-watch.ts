/** Watches that the event loop turns, from a thread that lives only while there is work: an idle daemon cannot block. */
import { Worker } from "node:worker_threads";
import type { Limits } from "../config/limits.ts";
import type { Clock, Timer } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import type { Log } from "../core/log.ts";
import {
  BEAT,
  BEAT_MS,
  BLOCKED_MS,
  type LoopMoved,
  type LoopWatchData,
  SHARED_LENGTH,
  STUCK_MS,
} from "./loop-watch-data.ts";

/** The thread (some 12 MB) ends when nothing was done for this long, in ms. */
const QUIET_MS = 60_000;
/** How long a block is told of in the status, in ms. */
const TOLD_MS = 3_600_000;
/** A thread that could not be made, or died, is not made again for this long, in ms. */
const RETRY_MS = 60_000;
/** Its heap, in MB: enough for a stack, too little to hurt anybody. */
const HEAP_MB = 24;

export interface LoopWatchOptions {
  readonly paths: HomePaths;
  readonly limits: () => Pick<Limits, "loopBlockedSeconds" | "loopStuckSeconds">;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** The loop stood still and moves again. */
  readonly onMoved: (moved: LoopMoved) => void;
}

export interface LoopWatch {
  /** Something is about to be done: from now on it is watched. Cheap, and to be called before whatever may take long. */
  wake(): void;
  /** What the status says of the last block; undefined when it was long ago. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

export function createLoopWatch({ paths, limits, clock, log, version, onMoved }: LoopWatchOptions): LoopWatch {
  const shared = new Int32Array(new SharedArrayBuffer(SHARED_LENGTH * Int32Array.BYTES_PER_ELEMENT));
  const data: LoopWatchData = { shared, logPath: paths.log, logs: paths.logs, version, startedAt: clock.now() };
  let worker: Worker | undefined;
  let beating: Timer | undefined;
  let wokenAt = 0;
  let notBefore = 0;
  let told: { readonly sentence: string; readonly until: number } | undefined;

  function beat(): void {
    Atomics.add(shared, BEAT, 1);
    Atomics.store(shared, BLOCKED_MS, limits().loopBlockedSeconds * 1000);
    Atomics.store(shared, STUCK_MS, limits().loopStuckSeconds * 1000);
    if (clock.monotonic() - wokenAt > QUIET_MS) void rest();
    else beating = clock.after(BEAT_MS, beat);
  }

  function begin(): void {
    beat();
    const made = new Worker(workerFile(), {
      name: "loop-watch",
      workerData: data,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 1 },
    });
    worker = made;
    made.unref();
    made.on("message", (moved: LoopMoved) => {
      told = { sentence: sentenceOf(moved), until: clock.monotonic() + TOLD_MS };
      onMoved(moved);
    });
    made.on("error", (error) => log.warn("the thread that watches the event loop has died", { error }));
    made.once("exit", () => {
      if (worker !== made) return;
      notBefore = clock.monotonic() + RETRY_MS;
      void rest();
    });
  }

  async function rest(): Promise<void> {
    beating?.cancel();
    const resting = worker;
    worker = undefined;
    await resting?.terminate();
  }

  return {
    wake() {
      wokenAt = clock.monotonic();
      if (worker || wokenAt < notBefore) return;
      try {
        begin();
      } catch (error) {
        notBefore = wokenAt + RETRY_MS;
        void rest();
        log.warn("the event loop cannot be watched", { error });
      }
    },
    problem: () => (told && told.until > clock.monotonic() ? told.sentence : undefined),
    async stop() {
      notBefore = Number.POSITIVE_INFINITY;
      await rest();
    },
  };
}

function sentenceOf({ at, seconds, where }: LoopMoved): string {
  // Node's own calls stand innermost and say little.
  const place = where.find((frame) => !frame.includes(" node:")) ?? where[0];
  return `The event loop stood still for ${seconds} s at ${at}, in ${place}; the log has the rest.`;
}

/** Beside this file from sources, beside the bundle in an installed package. */
function workerFile(): URL {
  return new URL(`./loop-watch-worker.${import.meta.filename.endsWith(".ts") ? "ts" : "mjs"}`, import.meta.url);
}
