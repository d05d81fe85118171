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
  return {
    ...store,
    write(work, options) {
      before();
      const closed = refusal();
      if (closed) return Promise.reject(closed);
      return store.write(work, options).then((result) => {
        // Committed perhaps, but into a file that nobody will find again.
        const gone = refusal();
        if (gone) throw gone;
        return result;
      });
    },
  };
}
