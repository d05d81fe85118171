/** A store made of a write queue over one database and a way to read it: what is the same whichever database it is. */
import { Refusal } from "../core/refusal.ts";
import type { Dialect } from "./dialect.ts";
import type { Reader, Store, Tx } from "./store.ts";
import { type Transactor, WriteQueue } from "./write-queue.ts";

export interface StoreParts {
  readonly address: string;
  readonly dialect: Dialect;
  readonly transactor: Transactor<Tx>;
  readonly reader: Reader;
  /** Hears of listeners that threw. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
  /** Called once, when everything that waited has been written. */
  close(): Promise<void> | void;
}

export function queuedStore({ address, dialect, transactor, reader, onListenerError, close }: StoreParts): Store {
  const committed = listeners();
  const foretold = listeners();
  const queue = new WriteQueue<Tx>(transactor, {
    publish: committed.tell,
    foretell: foretold.tell,
    ...(onListenerError && { failed: onListenerError }),
  });
  let closed = false;
  return {
    address,
    dialect,
    read: reader,
    write: (work, options) => (closed ? Promise.reject(closedRefusal()) : queue.write(work, options)),
    onCommit: committed.add,
    beforeCommit: foretold.add,
    async close() {
      if (closed) return;
      closed = true;
      await queue.drained();
      await close();
    },
  };
}

function listeners() {
  const all = new Set<(fact: unknown) => void>();
  return {
    tell(fact: unknown): void {
      for (const listener of all) listener(fact);
    },
    add(listener: (fact: unknown) => void): () => void {
      all.add(listener);
      return () => all.delete(listener);
    },
  };
}

function closedRefusal(): Refusal {
  return new Refusal("unavailable", "The store is closed: the daemon is stopping.");
}
