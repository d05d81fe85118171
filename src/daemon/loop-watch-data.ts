/** What the main thread and the thread that watches it agree on. */

/** How often the main thread says that it moves, and the other looks, in ms. */
export const BEAT_MS = 500;

/** Places in the shared memory: a counter of beats, and the two limits, in ms. */
export const BEAT = 0;
export const BLOCKED_MS = 1;
export const STUCK_MS = 2;
export const SHARED_LENGTH = 3;

export interface LoopWatchData {
  readonly shared: Int32Array<SharedArrayBuffer>;
  readonly logPath: string;
  readonly logs: string;
  readonly version: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

/** Sent when a loop that stood still moves again. */
export interface LoopMoved {
  /** When it was seen to stand still, ISO-8601 UTC. */
  readonly at: string;
  readonly seconds: number;
  /** The calls that it was in, innermost first. */
  readonly where: readonly string[];
}
