/** What is no longer kept of a run's output: known durably before the disk gets it back. */
import type { Tx } from "../store/store.ts";
import type { WatchedFile } from "./process/watch-output.ts";
import { type RunRow, runById } from "./run.store.ts";

/** Said before anything is punched, so that a reader never takes a hole for what the agent wrote. */
export async function recordPunched(tx: Tx, runId: number, path: string, from: number, to: number): Promise<void> {
  const row = await runById(tx, runId);
  if (!row) return;
  const punched = { ...punchedOf(row), [path]: [from, to] };
  await tx.run("UPDATE run SET punched = ? WHERE id = ?", JSON.stringify(punched), runId);
}

/** Path to the bytes [from, to) that are no longer kept of it. */
export function punchedOf(run: RunRow): Readonly<Record<string, readonly [number, number]>> {
  return JSON.parse(run.punched) as Record<string, [number, number]>;
}

/** Files as they are to be watched: with the holes that they have. */
export function watchedFiles(run: RunRow, paths: readonly string[]): WatchedFile[] {
  const punched = punchedOf(run);
  return paths.map((path) => {
    const hole = punched[path];
    return hole ? { path, punchedFrom: hole[0], punchedTo: hole[1] } : { path };
  });
}
