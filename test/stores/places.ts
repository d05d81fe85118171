/** The stores that every suite of this folder runs on, and a place of its own for each test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/core/clock.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Migration, Store } from "../../src/store/store.ts";
import { migrations } from "../../src/tables.ts";
import { postgres } from "./postgres-place.ts";

export interface OpenOptions {
  readonly clock?: Clock;
  /** Default: the tables of every room. */
  readonly migrations?: readonly Migration[];
  /** False spares the sync of each commit, for suites that make many stores and ask nothing about power cuts. */
  readonly synced?: boolean;
}

export interface StoreKind {
  readonly name: string;
  /** Why it cannot be had on this machine. */
  readonly unavailable?: string;
  /** Somewhere empty, as an address that another process can open as well. */
  newPlace(): Promise<string>;
  open(address: string, options?: OpenOptions): Promise<Store>;
  /** The stores there must be closed. */
  removePlace(address: string): Promise<void>;
  /** What the settings of a daemon say to have its store in a new place, and what takes that place away. */
  daemonSettings(): Promise<{ readonly settings: object; readonly remove: () => Promise<void> }>;
}

const sqlite: StoreKind = {
  name: "SQLite",
  newPlace: async () => mkdtempSync(join(tmpdir(), "steward-store-")),
  open: (address, { clock, migrations: wanted = migrations, synced = true } = {}) =>
    openSqlite({
      path: join(address, "steward.db"),
      migrations: wanted,
      ...(clock && { clock }),
      synchronous: synced ? "FULL" : "OFF",
    }),
  removePlace: async (address) => rmSync(address, { recursive: true, force: true }),
  // In the home, with which it goes.
  daemonSettings: async () => ({ settings: {}, remove: async () => {} }),
};

export const STORE_KINDS: readonly StoreKind[] = [sqlite, postgres];

export function storeKind(name: string): StoreKind {
  const kind = STORE_KINDS.find((one) => one.name === name);
  if (!kind) throw new Error(`there is no store "${name}"`);
  return kind;
}
