/** One table of its own for suites that ask about the store and not about what is in it. */
import type { Migration, Store, Tx } from "../../src/store/store.ts";

export const NOTES: Migration = {
  name: "notes/1",
  up: (d) => [`CREATE TABLE note (id ${d.identity}, text TEXT NOT NULL UNIQUE)${d.tableEnd}`],
};

export async function note(tx: Tx, text: string): Promise<void> {
  await tx.run("INSERT INTO note(text) VALUES (?)", text);
}

export async function noted(store: Store): Promise<string[]> {
  const rows = await store.read.all<{ text: string }>("SELECT text FROM note ORDER BY id");
  return rows.map(({ text }) => text);
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
