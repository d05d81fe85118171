/** Brings the tables to what this program knows: all of it in one transaction, or nothing. */
import { Refusal } from "../core/refusal.ts";
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
  let wanted: readonly Migration[] = [];
  try {
    await db.exec(
      `CREATE TABLE IF NOT EXISTS schema_migration(name ${dialect.text} PRIMARY KEY, at ${dialect.integer} NOT NULL)${dialect.tableEnd}`,
    );
    wanted = missing(await db.applied(), migrations);
    for (const { name, up } of wanted) {
      for (const statement of up(dialect)) await db.exec(statement);
      await db.record(name);
    }
    await db.commit();
  } catch (error) {
    await db.rollback();
    throw wanted.length === 0 || error instanceof Refusal ? error : unmigrated(wanted, error);
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

function unmigrated(missing: readonly Migration[], error: unknown): StoreUnusable {
  const [names, why] = [
    missing.map(({ name }) => name).join(", "),
    error instanceof Error ? error.message : String(error),
  ];
  return new StoreUnusable(
    `The store could not be brought to this version (${names}): ${why}.`,
    "Nothing was changed. Mend the cause, or put a backup in its place (`steward store restore`).",
  );
}
