/** Brings the tables to what this program knows: all of it in one transaction, or nothing. */
import type { Dialect } from "./dialect.ts";
import { type Migration, StoreUnusable } from "./store.ts";

type Answer<T> = T | Promise<T>;

/** What migrating needs of a connection. Some answer at once, some later. */
export interface Migratable {
  /** From here on nobody else migrates. */
  begin(): Answer<void>;
  exec(sql: string): Answer<void>;
  applied(): Answer<readonly string[]>;
  record(name: string): Answer<void>;
  commit(): Answer<void>;
  rollback(): Answer<void>;
}

export async function migrate(db: Migratable, migrations: readonly Migration[], dialect: Dialect): Promise<void> {
  await db.begin();
  try {
    await db.exec(
      `CREATE TABLE IF NOT EXISTS schema_migration(name ${dialect.text} PRIMARY KEY, at ${dialect.integer} NOT NULL)${dialect.tableEnd}`,
    );
    for (const { name, up } of missing(await db.applied(), migrations)) {
      for (const statement of up(dialect)) await db.exec(statement);
      await db.record(name);
    }
    await db.commit();
  } catch (error) {
    await db.rollback();
    throw error;
  }
}

function missing(names: readonly string[], migrations: readonly Migration[]): readonly Migration[] {
  const applied = new Set(names);
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new StoreUnusable(
      `The store was written by a newer Steward (it has ${unknown.join(", ")}).`,
      "Use that version, or a backup from before the upgrade.",
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}
