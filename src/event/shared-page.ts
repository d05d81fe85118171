/** What many readers ask at the same moment is read once: a hundred who wait for the next event all want the same page. */
import type { Store } from "../store/store.ts";

interface Shared {
  /** What makes of a row what readers see. */
  readonly view: unknown;
  readonly page: Promise<unknown>;
}

/** Of this turn of the event loop. */
const pagesOf = new WeakMap<Store, Map<string, Shared>>();

/** Never what was read before a commit that the caller has heard of, and nothing is kept for later. */
export function sharedPage<Page>(
  store: Store,
  question: string,
  view: unknown,
  read: () => Promise<Page>,
): Promise<Page> {
  const pages = pagesOf.get(store) ?? pagesOfThisTurn(store);
  const known = pages.get(question);
  if (known && known.view === view) return known.page as Promise<Page>;
  const page = read();
  pages.set(question, { view, page });
  return page;
}

function pagesOfThisTurn(store: Store): Map<string, Shared> {
  const pages = new Map<string, Shared>();
  pagesOf.set(store, pages);
  const forget = () => {
    stop();
    if (pagesOf.get(store) === pages) pagesOf.delete(store);
  };
  const stop = store.onCommit(forget);
  setImmediate(forget);
  return pages;
}
