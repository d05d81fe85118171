/** Which resources change: one watch of events for all that want to be told, a second of them at a time. */
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { StreamPart } from "../../core/stream.ts";

export interface Change {
  /** There is a task or a run more: lists of resources are out of date. */
  readonly listed: boolean;
  /** Resources that read differently now; undefined when nobody knows which, so that all may. */
  readonly uris: ReadonlySet<string> | undefined;
}

export interface Changes {
  /** Calls back at most once per `BREATH_MS`. Returns how to stop. */
  subscribe(listener: (change: Change) => void): () => void;
  close(): void;
}

export interface ChangesOptions {
  /** Events from a number on; undefined: from now on. Ended or failed, it is opened again where it stood. */
  readonly watch: (after: number | undefined, signal: AbortSignal) => Promise<AsyncIterable<StreamPart>>;
  /** The number of the newest event: where to begin, so that what happens before the watch stands is not missed. */
  readonly newest: (signal: AbortSignal) => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes are told at most this often, in ms. */
export const BREATH_MS = 1_000;

/** Between two tries to watch, in ms. */
const RETRY_MS = 1_000;

/** More resources than these at once are told as "all may have", so that a flood of events fills no memory. */
const MAX_URIS = 10_000;

export function createChanges(options: ChangesOptions): Changes {
  const { clock } = options;
  const listeners = new Set<(change: Change) => void>();
  let watching: AbortController | undefined;
  let pending: { listed: boolean; uris: Set<string> | undefined } | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  let timer: Timer | undefined;

  function note(part: StreamPart): void {
    pending ??= { listed: false, uris: new Set() };
    const touched = "mark" in part ? undefined : touchedBy(part.item as WatchedEvent);
    pending.listed ||= touched?.listed ?? true;
    if (touched) for (const uri of touched.uris) pending.uris?.add(uri);
    if (!touched || (pending.uris?.size ?? 0) > MAX_URIS) pending.uris = undefined;
    timer ??= clock.after(Math.max(0, toldAt + BREATH_MS - clock.monotonic()), tell);
  }

  function tell(): void {
    const change = pending;
    timer = undefined;
    pending = undefined;
    toldAt = clock.monotonic();
    if (change) for (const listener of listeners) listener(change);
  }

  function stop(): void {
    watching?.abort();
    watching = undefined;
    timer?.cancel();
    timer = undefined;
    pending = undefined;
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      if (!watching) {
        watching = new AbortController();
        void follow(options, note, watching.signal);
      }
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stop();
      };
    },
    close() {
      listeners.clear();
      stop();
    },
  };
}

/** Never rejects: what cannot be watched now is tried again. */
async function follow(
  { watch, newest, clock, log }: ChangesOptions,
  note: (part: StreamPart) => void,
  signal: AbortSignal,
): Promise<void> {
  let after: number | undefined;
  while (!signal.aborted) {
    try {
      after ??= await newest(signal);
      for await (const part of await watch(after, signal)) {
        if (signal.aborted) return;
        after = part.next;
        note(part);
      }
    } catch (error) {
      if (!signal.aborted) log.debug("events cannot be watched for MCP", { error });
    }
    if (!signal.aborted) await pause(clock, signal);
  }
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(RETRY_MS, resolve);
    signal.addEventListener("abort", () => {
      timer.cancel();
      resolve();
    });
  });
}

interface WatchedEvent {
  readonly topic: string;
  readonly taskId: string | null;
  readonly runId: string | null;
}

/** Events after which there is a task or a run more. */
const NEW_ONES = new Set(["task.submitted", "queue.imported", "run.started"]);

function touchedBy({ topic, taskId, runId }: WatchedEvent): { listed: boolean; uris: string[] } {
  const ofTask = taskId === null ? [] : ["steward://tasks", `steward://tasks/${taskId}`];
  const ofRun = runId === null ? [] : ["steward://runs", `steward://runs/${runId}`, `steward://runs/${runId}/output`];
  return { listed: NEW_ONES.has(topic), uris: ["steward://events", ...ofTask, ...ofRun] };
}
