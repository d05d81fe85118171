/** One write after the other, many per commit: whatever waits is committed together, and each caller fails alone. */
import { Breath } from "./breath.ts";
import type { WriteOptions } from "./store.ts";

/** Answered at once, or later: a database that answers at once is never made to wait for the event loop. */
export type Done = Promise<void> | undefined;

/** What a queue needs of a connection. */
export interface Transactor<Tx> {
  begin(): Done;
  commit(): Done;
  rollback(): Done;
  savepoint(): Done;
  release(): Done;
  rollbackToSavepoint(): Done;
  /** Is a transaction open? A full disk, or a connection that is lost, rolls it back behind our back. */
  isOpen(): boolean;
  /** A fresh view for one caller. A database that answers at once lets some of its answers wait for a turn of the event loop. */
  view(breath: Breath): View<Tx>;
  /** Views for independent callers, who may all be at work at once. Absent where that gains nothing. */
  viewsTogether?(count: number): View<Tx>[];
  /** Turns a database error into what callers are told. */
  translate(error: unknown): unknown;
}

/** Thrown by a commit whose answer did not come: callers are told so, and once it is known to have happened its facts are told. */
export class CommitInDoubt extends Error {
  override readonly name = "CommitInDoubt";
  readonly isCommitted: Promise<boolean>;
  constructor(cause: unknown, isCommitted: Promise<boolean>) {
    super("nobody knows whether this was committed", { cause });
    this.isCommitted = isCommitted;
  }
}

export interface View<Tx> {
  readonly tx: Tx;
  /** Takes it away again; gives the facts that were announced. */
  end(): readonly unknown[];
  /** Resolves when every statement that is under way is answered; undefined when none is. */
  underWay(): Promise<void> | undefined;
  /** Has any statement been asked by it? */
  hasAsked(): boolean;
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
  readonly independent: boolean;
  work(tx: Tx): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Part = { readonly value: unknown; readonly facts: readonly unknown[] } | { readonly failed: unknown };

export class WriteQueue<Tx> {
  readonly #transactor: Transactor<Tx>;
  readonly #publish: (fact: unknown) => void;
  readonly #foretell: (fact: unknown) => void;
  readonly #failed: (error: unknown) => void;
  readonly #breath = new Breath();
  /** Facts of which nobody knew whether they happened, until they are told or dropped. */
  #doubtful: Promise<void> = Promise.resolve();
  #waiting: Item<Tx>[] = [];
  /** Queued at the news of a fact whose transaction is open. */
  #foretold: Item<Tx>[] = [];
  #isForetelling = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  /** `foretell` hears of each fact while its transaction is open: what it queues then is part of the same commit. */
  constructor(transactor: Transactor<Tx>, { publish, foretell, failed = () => {} }: Listeners) {
    this.#transactor = transactor;
    this.#publish = publish;
    this.#foretell = foretell;
    this.#failed = failed;
  }

  /** `independent` works that wait together may run together, and once more one after the other if that fails. */
  write<T>(work: (tx: Tx) => Promise<T>, { independent = false }: WriteOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const queue = this.#isForetelling ? this.#foretold : this.#waiting;
      queue.push({ independent, work, resolve: resolve as (value: unknown) => void, reject });
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
    this.#breath.taken();
    await this.#commitTogether(this.#waiting.splice(0, MAX_BATCH));
    this.#scheduled = false;
    if (this.#waiting.length > 0) return this.#schedule();
    for (const tell of this.#idle.splice(0)) tell();
  }

  async #commitTogether(batch: Item<Tx>[]): Promise<void> {
    const done: { item: Item<Tx>; value: unknown; facts: readonly unknown[] }[] = [];
    const { begin, commit, rollback, isOpen, translate } = this.#transactor;
    try {
      const begun = begin();
      if (begun) await begun;
      for (let at = 0; at < batch.length; ) {
        const end = this.#groupEnd(batch, at);
        const parts = end - at > 1 ? await this.#runTogether(batch.slice(at, end)) : undefined;
        for (const from = at; at < end; at++) {
          const item = batch[at] as Item<Tx>;
          const part = parts?.[at - from] ?? (await this.#runOne(item));
          // A full disk or a lost connection rolls back the whole of it, behind our back.
          if ("failed" in part && !isOpen()) throw part.failed;
          if ("failed" in part) item.reject(translate(part.failed));
          else {
            done.push({ item, ...part });
            const foretold = this.#foretellAll(part.facts);
            if (foretold) await foretold;
          }
        }
        if (at === batch.length) batch.push(...this.#foretold.splice(0, MAX_BATCH - batch.length));
      }
      const committed = commit();
      if (committed) await committed;
    } catch (error) {
      const told = translate(error);
      if (isOpen()) await rollback();
      for (const item of batch) item.reject(told);
      if (error instanceof CommitInDoubt) this.#tellLater(error, done);
      return;
    } finally {
      // Of a batch that was full, or failed: their turn comes first.
      this.#waiting.unshift(...this.#foretold.splice(0));
    }
    await this.#doubtful;
    for (const { item, value, facts } of done) {
      const told = this.#tellAll(facts);
      if (told) await told;
      item.resolve(value);
    }
  }

  #tellLater({ isCommitted }: CommitInDoubt, done: readonly { readonly facts: readonly unknown[] }[]): void {
    const before = this.#doubtful;
    this.#doubtful = isCommitted.then(async (happened) => {
      await before;
      if (happened) for (const { facts } of done) await this.#tellAll(facts);
    });
  }

  /** It is committed and will be acknowledged, whatever a listener makes of it. */
  #tellAll(facts: readonly unknown[]): Done {
    return this.#eachInTurns(facts, (fact) => {
      try {
        this.#publish(fact);
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  /** What is queued by whoever hears of it is part of this commit. */
  #foretellAll(facts: readonly unknown[]): Done {
    return this.#eachInTurns(facts, (fact) => {
      this.#isForetelling = true;
      try {
        this.#foretell(fact);
      } finally {
        this.#isForetelling = false;
      }
    });
  }

  /** At once, but for the turns of the event loop that are due. */
  #eachInTurns(facts: readonly unknown[], tell: (fact: unknown) => void, from = 0): Done {
    for (let at = from; at < facts.length; at++) {
      tell(facts[at]);
      const turn = this.#breath.due();
      if (turn) return turn.then(() => this.#eachInTurns(facts, tell, at + 1));
    }
    return undefined;
  }

  /** Where those end that may run together with this one. */
  #groupEnd(batch: readonly Item<Tx>[], at: number): number {
    let end = at + 1;
    if (this.#transactor.viewsTogether && batch[at]?.independent) while (batch[end]?.independent) end++;
    return end;
  }

  /** Undefined when they got in each other's way: then nothing of it stays. */
  async #runTogether(items: readonly Item<Tx>[]): Promise<readonly Part[] | undefined> {
    const { viewsTogether, savepoint, release, isOpen, rollbackToSavepoint } = this.#transactor;
    const views = viewsTogether?.(items.length) ?? [];
    await savepoint();
    const parts = await Promise.all(
      views.map(async ({ tx, end, underWay }, n): Promise<Part> => {
        const item = items[n] as Item<Tx>;
        try {
          const value = await onlyAwaiting(item.work(tx), underWay);
          return { value, facts: end() };
        } catch (failed) {
          end();
          return { failed };
        } finally {
          const rest = underWay();
          if (rest) await rest;
        }
      }),
    );
    if (!isOpen()) return parts;
    // Who asked nothing of the database before it failed was in nobody's way.
    if (!parts.some((part, n) => "failed" in part && views[n]?.hasAsked())) {
      await release();
      return parts;
    }
    await rollbackToSavepoint();
    return undefined;
  }

  /** What one caller does; when it fails its changes are undone. */
  async #runOne(item: Item<Tx>): Promise<Part> {
    const { view, savepoint, release, isOpen, rollbackToSavepoint } = this.#transactor;
    const { tx, end, underWay } = view(this.#breath);
    try {
      const saved = savepoint();
      if (saved) await saved;
      const value = await onlyAwaiting(item.work(tx), underWay);
      // Statements that it did not wait for are part of it all the same.
      const facts = end();
      const rest = underWay();
      if (rest) await rest;
      const released = release();
      if (released) await released;
      return { value, facts };
    } catch (error) {
      end();
      const rest = underWay();
      if (rest) await rest;
      if (isOpen()) {
        const undone = rollbackToSavepoint();
        if (undone) await undone;
      }
      return { failed: error };
    }
  }
}

/**
 * The event loop turns only while a statement of the transaction is under way, which on a database that answers at once is
 * never: else the promise awaits something foreign.
 */
function onlyAwaiting<T>(work: Promise<T>, underWay: () => Promise<void> | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const look = () => {
      const statements = underWay();
      if (!statements) return reject(new Error("a transaction awaited something other than the transaction"));
      void statements.then(() => {
        if (!isSettled) turned = setImmediate(look);
      });
    };
    let turned = setImmediate(look);
    const settle = () => {
      isSettled = true;
      clearImmediate(turned);
    };
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
