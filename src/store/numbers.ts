/** The numbers that a SQLite store has given to rows: after a loss, none of them may be given again. */
import { askApart } from "./apart.ts";
import type { Store } from "./store.ts";
import { integrityProblems } from "./verify.ts";

/** Table to its highest number so far; undefined when the file is too damaged to be believed. */
export async function numbersGiven(path: string): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    return await askApart(path, async (read) => {
      if ((await integrityProblems(read, "quick", 1)).length > 0) return undefined;
      const rows = await read.all<{ name: string; seq: number }>("SELECT name, seq FROM sqlite_sequence");
      return new Map(rows.map(({ name, seq }) => [name, seq]));
    });
  } catch {
    // No database, or none of ours: it knows nothing.
    return undefined;
  }
}

/** From now on numbers of each table begin behind what `behind` says of its highest one. */
export async function leaveOutNumbers(store: Store, behind: (table: string, highest: number) => number): Promise<void> {
  await store.write(async (tx) => {
    const tables = await tx.all<{ name: string; seq: number | null }>(
      `SELECT m.name, s.seq FROM sqlite_master m LEFT JOIN sqlite_sequence s ON s.name = m.name
       WHERE m.type = 'table' AND m.sql LIKE '%AUTOINCREMENT%'`,
    );
    for (const { name, seq } of tables) {
      await tx.run("DELETE FROM sqlite_sequence WHERE name = ?", name);
      await tx.run("INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", name, behind(name, seq ?? 0));
    }
  });
}
