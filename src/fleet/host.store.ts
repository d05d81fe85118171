/** All SQL of hosts. */
import type { Tx } from "../store/store.ts";

export interface HostEntry {
  readonly key: string;
  readonly name: string;
  readonly version: string;
}

/** Says that this host is up, and gives its number. */
export async function registerHost(tx: Tx, { key, name, version }: HostEntry): Promise<number> {
  await tx.run(
    `INSERT INTO host(key, name, version, started_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET name = excluded.name, version = excluded.version, started_at = excluded.started_at`,
    key,
    name,
    version,
    tx.now(),
  );
  const row = await tx.get<{ id: number }>("SELECT id FROM host WHERE key = ?", key);
  if (!row) throw new Error("a host that was just registered is missing");
  return row.id;
}
