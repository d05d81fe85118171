/** One write after the other, many per commit: whatever waits is committed together, and each caller fails alone. */

/** What a queue needs of a connection; all of it happens at once, without waiting. */
export interface Transactor<Tx> {
  begin(): void;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  /** Is a transaction open? A full disk rolls it back behind our back. */
  isOpen(): boolean;
  /** A fresh view for one caller, and how to take it away again. */
  view(): { tx: Tx; end(): readonly unknown[] };
  /** Turns a database error into what callers are told. */
  translate(error: unknown): unknown;
}

export interface Listeners {
  readonly publish: (fact: unknown) => void;
  readonly foretell: (fact: unknown) => void;
  /** Hears of a `publish` that threw: what is committed is committed. */
  readonly failed?: (error: unknown) => void;
}

/** Writes in one commit. More would let one caller wait for too many others. */
const MAX_BATCH = 512;

interface Item<Tx> {
  work(tx: Tx): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class WriteQueue<Tx> {
  readonly #transactor: Transactor<Tx>;
  readonly #publish: (fact: unknown) => void;
  readonly #foretell: (fact: unknown) => void;
  readonly #failed: (error: unknown) => void;
  #waiting: Item<Tx>[] = [];
  #scheduled = false;
  #idle: (() => void)[] = [];

  /** `foretell` hears of each fact while its transaction is open: what it queues then is part of the same commit. */
  constructor(transactor: Transactor<Tx>, { publish, foretell, failed = () => {} }: Listeners) {
    this.#transactor = transactor;
    this.#publish = publish;
    this.#foretell = foretell;
    this.#failed = failed;
  }

  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  drained(): Promise<void> {
    if (!this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    await this.#commitTogether(this.#waiting.splice(0, MAX_BATCH));
    this.#scheduled = false;
    if (this.#waiting.length > 0) return this.#schedule();
    for (const tell of this.#idle.splice(0)) tell();
  }

  async #commitTogether(batch: Item<Tx>[]): Promise<void> {
    const done: { item: Item<Tx>; value: unknown; facts: readonly unknown[] }[] = [];
    try {
      this.#transactor.begin();
      for (let at = 0; at < batch.length; at++) {
        const item = batch[at] as Item<Tx>;
        const part = await this.#runOne(item);
        // A full disk rolls back the whole of it, behind our back.
        if ("failed" in part && !this.#transactor.isOpen()) throw part.failed;
        if ("failed" in part) item.reject(this.#transactor.translate(part.failed));
        else {
          done.push({ item, ...part });
          for (const fact of part.facts) this.#foretell(fact);
        }
        if (at === batch.length - 1) batch.push(...this.#waiting.splice(0, MAX_BATCH - batch.length));
      }
      this.#transactor.commit();
    } catch (error) {
      if (this.#transactor.isOpen()) this.#transactor.rollback();
      const told = this.#transactor.translate(error);
      for (const item of batch) item.reject(told);
      return;
    }
    for (const { item, value, facts } of done) {
      for (const fact of facts) this.#tell(fact);
      item.resolve(value);
    }
  }

  /** It is committed and will be acknowledged, whatever a listener makes of it. */
  #tell(fact: unknown): void {
    try {
      this.#publish(fact);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What one caller does; when it fails its changes are undone. */
  async #runOne(item: Item<Tx>): Promise<{ value: unknown; facts: readonly unknown[] } | { failed: unknown }> {
    const { tx, end } = this.#transactor.view();
    try {
      this.#transactor.savepoint();
      const value = await withinOneTurn(item.work(tx));
      this.#transactor.release();
      return { value, facts: end() };
    } catch (error) {
      end();
      if (this.#transactor.isOpen()) this.#transactor.rollbackToSavepoint();
      return { failed: error };
    }
  }
}

/** Everything in a transaction answers at once, so its promise settles before the event loop turns: else it awaited something foreign. */
function withinOneTurn<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const turned = setImmediate(() => reject(new Error("a transaction awaited something other than the transaction")));
    work.then(
      (value) => {
        clearImmediate(turned);
        resolve(value);
      },
      (error: unknown) => {
        clearImmediate(turned);
        reject(error);
      },
    );
  });
}
