/** Events as they happen: read from the store in pages, woken by commits. Nobody waits for a reader, and nothing is kept for one. */
import type { Mark } from "../core/stream.ts";
import type { Store } from "../store/store.ts";
import { type EventFilter, type EventRow, listEvents, newestEvent, oldestEvent, subscribe } from "./event.store.ts";

export interface Watch<View> {
  readonly store: Store;
  /** Aborted when the reader is gone. */
  readonly signal: AbortSignal;
  /** Undefined: from now on. */
  readonly after: number | undefined;
  readonly filter: Omit<EventFilter, "after" | "limit">;
  readonly pageItems: number;
  readonly view: (row: EventRow) => View;
}

/** Begins where it was asked to, and says so when part of that is no longer kept. */
export async function watchEvents<View>(watch: Watch<View>): Promise<AsyncIterable<View | Mark>> {
  const { store, after } = watch;
  if (after !== undefined) return eventsFrom(watch, after);
  const newest = await newestEvent(store.read);
  return (async function* () {
    yield { mark: "begin" as const, next: newest };
    yield* eventsFrom(watch, newest);
  })();
}

async function* eventsFrom<View>(
  { store, signal, filter, pageItems, view }: Watch<View>,
  from: number,
): AsyncGenerator<View | Mark> {
  const news = listen(store, signal);
  try {
    for (let after = from; !signal.aborted; ) {
      const heard = news.heard();
      const missed = await missedBefore(store, after);
      if (missed !== undefined) {
        yield { mark: "gap", next: missed };
        after = missed;
      }
      // Asked before the page, so that what the filter leaves out is not looked at again and again.
      const newest = await newestEvent(store.read);
      const rows = await listEvents(store.read, { ...filter, after, limit: pageItems });
      for (const row of rows) yield view(row);
      const isWhole = rows.length < pageItems;
      after = Math.max(rows.at(-1)?.id ?? after, isWhole ? newest : after);
      if (isWhole) await heard;
    }
  } finally {
    news.stop();
  }
}

/** Where to go on when the events right after `after` are no longer kept. */
async function missedBefore(store: Store, after: number): Promise<number | undefined> {
  const oldest = await oldestEvent(store.read);
  // A reader that begins at 0 wants what there is.
  return after > 0 && oldest !== undefined && oldest > after + 1 ? oldest - 1 : undefined;
}

/** `heard` resolves at the first event after it was called, or when the reader is gone. */
function listen(store: Store, signal: AbortSignal) {
  let tell = () => {};
  const stop = subscribe(store, () => tell());
  const gone = () => tell();
  signal.addEventListener("abort", gone);
  return {
    heard(): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      tell = resolve;
      if (signal.aborted) resolve();
      return promise;
    },
    stop() {
      stop();
      signal.removeEventListener("abort", gone);
    },
  };
}
