/** Before another version changes the tables of a store, a verified copy of it is put aside. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { HomePaths } from "../../core/home.ts";
import { copyStore } from "../../store/copy.ts";
import { StoreUnusable } from "../../store/store.ts";
import { dropOldBackups, dropUnfinished, lastBackup, upgradeBackupName } from "./backups.ts";

export interface BeforeUpgrade {
  readonly paths: Pick<HomePaths, "database" | "backups">;
  /** The version that is about to change the store. */
  readonly version: string;
  readonly now: number;
  readonly keep: number;
}

/** Throws `StoreUnusable`: without a way back the tables stay as they are. */
export async function backUpBeforeUpgrade({ paths, version, now, keep }: BeforeUpgrade): Promise<void> {
  const to = join(paths.backups, upgradeBackupName(version, now));
  try {
    if (isCopied(paths, now)) return;
    dropUnfinished(paths.backups);
    // What tables it has is the older version's business.
    await copyStore({ from: paths.database, to, ask: () => Promise.resolve() });
    dropOldBackups(paths.backups, { keep, now });
  } catch (error) {
    throw new StoreUnusable(
      `The store has to be changed for version ${version}, and it could not be backed up before: ${error instanceof Error ? error.message : error}`,
      error instanceof StoreUnusable
        ? "Nothing was changed. `steward store restore` puts an earlier backup in its place."
        : "Nothing was changed. Make room on the disk or mend what is said, and start again.",
    );
  }
}

/** An upgrade that fails again and again must not push the good copies out with the same one over and over. */
function isCopied({ database, backups }: BeforeUpgrade["paths"], now: number): boolean {
  const newest = lastBackup(backups, now, "upgrade");
  if (!newest) return false;
  const log = statSync(`${database}-wal`, { throwIfNoEntry: false });
  const changedAt = Math.max(statSync(database).mtimeMs, log && log.size > 0 ? log.mtimeMs : 0);
  return changedAt <= statSync(newest.path).mtimeMs;
}
