/** The store as every room sees it: reads, and writes that go one after the other. Which database it is, is nobody's business. */
import type { Dialect } from "./dialect.ts";

export type Param = string | number | null;

export interface Reader {
  get<Row>(sql: string, ...params: Param[]): Promise<Row | undefined>;
  all<Row>(sql: string, ...params: Param[]): Promise<Row[]>;
}

/** One caller's part of a transaction. It ends when the function given to `write` returns; using it later throws. */
export interface Tx extends Reader {
  run(sql: string, ...params: Param[]): Promise<{ readonly changes: number }>;
  /** The store's clock, epoch ms: the same value throughout one transaction. */
  now(): number;
  /** Tells subscribers after the commit, in commit order; never when the transaction failed. */
  announce(fact: unknown): void;
  readonly dialect: Dialect;
}

export interface WriteOptions {
  /** What it writes meets nothing that other independent writes look at, or a constraint catches it: they may be done together. */
  readonly independent?: boolean;
}

export interface Store {
  /** Where it is, for people: a path, or `postgres://host:5432/database`. Never holds a secret. */
  readonly address: string;
  readonly read: Reader;
  readonly dialect: Dialect;
  /** Runs `work` alone and resolves when its changes are durable. Nothing but `tx` may be awaited inside. */
  write<T>(work: (tx: Tx) => Promise<T>, options?: WriteOptions): Promise<T>;
  /** Facts announced by committed transactions, in commit order. Returns how to stop listening. */
  onCommit(listener: (fact: unknown) => void): () => void;
  /**
   * Hears each fact while its transaction is still open and may yet fail. Only for queueing a write that is to be part of
   * the same commit. Returns how to stop listening.
   */
  beforeCommit(listener: (fact: unknown) => void): () => void;
  close(): Promise<void>;
}

/** A room's tables. Migrations run in the order of the list; what has run is never edited, only followed by another. */
export interface Migration {
  /** Unique for ever: `task/1`. */
  readonly name: string;
  readonly up: (dialect: Dialect) => readonly string[];
}

/** The store cannot be used as it is: corrupt, foreign, newer than this program. Says what to do. */
export class StoreUnusable extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = "StoreUnusable";
    this.hint = hint;
  }
}
