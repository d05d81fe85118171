/** Events as they happen: read from the store in pages, woken by commits. Nobody waits for a reader, and nothing is kept for one. */
import { refuse } from "../core/refusal.ts";
import type { Mark } from "../core/stream.ts";
import type { Store } from "../store/store.ts";
import { type EventFilter, type EventRow, listEvents, newestEvent, oldestEvent, subscribe } from "./event.store.ts";
import { sharedPage } from "./shared-page.ts";

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
  const newest = await newestEvent(store.read);
  if (after !== undefined && after > newest) {
    refuse("invalid_input", `after: there is no event ${after} yet; the newest is ${newest}.`, {
      hint: "Is the number from another home, or from before a restore? Begin without one, or with the newest.",
    });
  }
  if (after !== undefined) return eventsFrom(watch, after);
  return (async function* () {
    yield { mark: "begin" as const, next: newest };
    yield* eventsFrom(watch, newest);
  })();
}

async function* eventsFrom<View>(watch: Watch<View>, from: number): AsyncGenerator<View | Mark> {
  const { store, signal, filter, view } = watch;
  const news = listen(store, signal);
  try {
    for (let after = from; !signal.aborted; ) {
      const heard = news.heard();
      const page = await sharedPage(store, JSON.stringify([after, filter]), view, () => pageBehind(watch, after));
      if (page.missed !== undefined) yield { mark: "gap", next: page.missed };
      yield* page.views;
      after = page.next;
      if (page.isWhole) await heard;
    }
  } finally {
    news.stop();
  }
}

interface Page<View> {
  /** Where it begins instead, because what comes right behind is no longer kept. */
  readonly missed: number | undefined;
  readonly views: readonly View[];
  /** Where to go on. */
  readonly next: number;
  /** Does nothing come behind it yet? */
  readonly isWhole: boolean;
}

async function pageBehind<View>({ store, filter, pageItems, view }: Watch<View>, number: number): Promise<Page<View>> {
  const missed = await missedBefore(store, number);
  const after = missed ?? number;
  // Asked before the page, so that what the filter leaves out is not looked at again and again.
  const newest = await newestEvent(store.read);
  const rows = await listEvents(store.read, { ...filter, after, limit: pageItems });
  const isWhole = rows.length < pageItems;
  return {
    missed,
    views: rows.map(view),
    next: Math.max(rows.at(-1)?.id ?? after, isWhole ? newest : after),
    isWhole,
  };
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
