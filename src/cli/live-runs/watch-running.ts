/** Knows what runs: asks anew when the daemon tells that something happened, and now and then for what is no event. */
import type { Invocation } from "../invocation.ts";
import { patient } from "../waiting.ts";
import { type Running, whatRuns } from "./live-runs.ts";

/** Two answers are at least so far apart, in ms: a busy daemon tells of much at once. */
const APART_MS = 500;
/** What an agent does is no event of the daemon: while something runs it is asked for so often, in ms. */
const ANEW_MS = 2_000;

export interface WatchRunning {
  /** Rejects when there is no daemon to ask. */
  readonly first: Promise<unknown>;
  seen(): Running;
  onChange(draw: () => void): void;
  /** Rejects when the daemon stays away; else it is never settled. */
  readonly failed: Promise<never>;
  stop(): void;
}

export function watchRunning({ call: ask, follow }: Pick<Invocation, "call" | "follow">): WatchRunning {
  const call = patient(ask, { reached: true });
  const failure = Promise.withResolvers<never>();
  let seen: Running = { runs: [], tasks: {} };
  let changed = () => {};
  let isAsking = false;
  /** Something happened while the answer was on its way. */
  let isStale = false;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let isStopped = false;

  /** The sooner of what was planned and what is wanted now. */
  function askIn(ms: number): void {
    const at = performance.now() + ms;
    isStale ||= isAsking;
    if (isStopped || isAsking || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => void look(call).catch(failure.reject), ms);
  }

  async function look(asking: Invocation["call"]): Promise<void> {
    isAsking = true;
    isStale = false;
    try {
      seen = await whatRuns(asking);
    } finally {
      isAsking = false;
      dueAt = Number.POSITIVE_INFINITY;
    }
    changed();
    if (isStale) askIn(APART_MS);
    else if (seen.runs.length > 0) askIn(ANEW_MS);
  }

  async function hear(): Promise<void> {
    for await (const _ of follow("event.watch", {})) {
      if (isStopped) return;
      askIn(APART_MS);
    }
  }

  const first = look(ask).then(() => {
    hear().catch(failure.reject);
  });
  // Whoever waits for one of them hears of it; a program that ends does not have to.
  for (const promise of [first, failure.promise]) promise.catch(() => {});
  return {
    first,
    seen: () => seen,
    onChange(draw) {
      changed = draw;
    },
    failed: failure.promise,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
