/** A store that acknowledges nothing while something says no: asked before a write, and again when it is committed. */
import type { Refusal } from "../core/refusal.ts";
import type { Store } from "./store.ts";

export interface Guard {
  /** Something is about to be written. */
  readonly before?: () => void;
  /** Why nothing may be written now. Asked for each write, so it has to be cheap. */
  readonly refusal: () => Refusal | undefined;
}

export function guardStore(store: Store, { before = () => {}, refusal }: Guard): Store {
  const assertOpen = () => {
    const no = refusal();
    if (no) throw no;
  };
  return {
    ...store,
    async write(work, options) {
      before();
      assertOpen();
      const result = await store.write(work, options);
      // Committed perhaps, but into a file that nobody will find again.
      assertOpen();
      return result;
    },
  };
}
