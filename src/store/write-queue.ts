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
  #waiting: Item<Tx>[] = [];
  #scheduled = false;
  #idle: (() => void)[] = [];

  /** `foretell` hears of each fact while its transaction is open: what it queues then is part of the same commit. */
  constructor(
    transactor: Transactor<Tx>,
    { publish, foretell }: { publish: (fact: unknown) => void; foretell: (fact: unknown) => void },
  ) {
    this.#transactor = transactor;
    this.#publish = publish;
    this.#foretell = foretell;
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
        if (part) done.push({ item, ...part });
        if (!this.#transactor.isOpen()) throw new Error("the database rolled the whole transaction back");
        for (const fact of part?.facts ?? []) this.#foretell(fact);
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
      for (const fact of facts) this.#publish(fact);
      item.resolve(value);
    }
  }

  /** Undefined when the item failed: it has been told, and its changes are undone. */
  async #runOne(item: Item<Tx>): Promise<{ value: unknown; facts: readonly unknown[] } | undefined> {
    const { tx, end } = this.#transactor.view();
    try {
      this.#transactor.savepoint();
      const value = await withinOneTurn(item.work(tx));
      this.#transactor.release();
      return { value, facts: end() };
    } catch (error) {
      end();
      if (this.#transactor.isOpen()) this.#transactor.rollbackToSavepoint();
      item.reject(this.#transactor.translate(error));
      return undefined;
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
