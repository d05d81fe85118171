/** Brings the tables to what this program knows: all of it in one transaction, or nothing. */
import type { Dialect } from "./dialect.ts";
import { type Migration, StoreUnusable } from "./store.ts";

/** What migrating needs of a connection. */
export interface Migratable {
  exec(sql: string): void;
  applied(): readonly string[];
  record(name: string): void;
}

export function migrate(db: Migratable, migrations: readonly Migration[], dialect: Dialect): void {
  db.exec(
    `CREATE TABLE IF NOT EXISTS schema_migration(name TEXT PRIMARY KEY, at ${dialect.integer} NOT NULL)${dialect.tableEnd}`,
  );
  const applied = new Set(db.applied());
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new StoreUnusable(
      `The store was written by a newer Steward (it has ${unknown.join(", ")}).`,
      "Use that version, or a backup from before the upgrade.",
    );
  }
  const missing = migrations.filter(({ name }) => !applied.has(name));
  if (missing.length === 0) return;
  db.exec("BEGIN");
  try {
    for (const { name, up } of missing) {
      for (const statement of up(dialect)) db.exec(statement);
      db.record(name);
    }
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw unmigrated(missing, error);
  }
}

function unmigrated(missing: readonly Migration[], error: unknown): StoreUnusable {
  const [names, why] = [
    missing.map(({ name }) => name).join(", "),
    error instanceof Error ? error.message : String(error),
  ];
  return new StoreUnusable(
    `The store could not be brought to this version (${names}): ${why}.`,
    "Nothing was changed. Mend the cause, or put a backup in its place.",
  );
}
