/** Which backups there are: what they are called, which is the newest, which may go. */
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PARTIAL } from "../../store/copy.ts";

export interface BackupFile {
  readonly path: string;
  /** As its name says, epoch ms. */
  readonly at: number;
  readonly bytes: number;
  /** `upgrade`: made before another version of Steward changed the tables. */
  readonly kind: "backup" | "upgrade";
}

/** `steward-2026-11-21T10-58-20.123Z.db`, `before-0.2.0-2026-….db`: what is made there, and nothing else, is ever removed. */
const NAME = /^(?:steward|before-(?<version>[\w.+-]+?))-(?<date>\d{4}-\d\d-\d\d)T(?<time>\d\d-\d\d-\d\d\.\d{3})Z\.db$/;

export function backupName(at: number): string {
  return `steward-${stamp(at)}.db`;
}

export function upgradeBackupName(version: string, at: number): string {
  return `before-${version.replace(/[^\w.+-]/g, "_")}-${stamp(at)}.db`;
}

/** A time as part of a file's name. */
export function stamp(at: number): string {
  return new Date(at).toISOString().replaceAll(":", "-");
}

/**
 * The newest first, and last those whose date has yet to come: a wrong clock made them, and nobody knows when. A file under such a
 * name was whole when it got it.
 */
export function listBackups(directory: string, now: number): BackupFile[] {
  const files = namesIn(directory).flatMap((name): BackupFile[] => {
    const found = NAME.exec(name)?.groups;
    const path = join(directory, name);
    const stat = found && lstatSync(path, { throwIfNoEntry: false });
    if (!found || !stat?.isFile()) return [];
    const at = Date.parse(`${found.date}T${found.time?.replaceAll("-", ":")}Z`);
    return [{ path, at, bytes: stat.size, kind: found.version === undefined ? "backup" : "upgrade" }];
  });
  return files.sort((a, b) => Number(a.at > now) - Number(b.at > now) || b.at - a.at);
}

/** The newest of its kind whose date has come. */
export function lastBackup(
  directory: string,
  now: number,
  kind: BackupFile["kind"] = "backup",
): BackupFile | undefined {
  return listBackups(directory, now).find((file) => file.kind === kind && file.at <= now);
}

/** Of each kind so many stay; those whose date has yet to come go first. */
export function dropOldBackups(directory: string, { keep, now }: { keep: number; now: number }): void {
  for (const same of Map.groupBy(listBackups(directory, now), ({ kind }) => kind).values())
    for (const { path } of same.slice(keep)) rmSync(path, { force: true });
}

/** What somebody began who died over it. Only while nobody else makes a backup here. */
export function dropUnfinished(directory: string): void {
  for (const name of namesIn(directory)) {
    if (name.includes(`.db${PARTIAL}`)) rmSync(join(directory, name), { force: true });
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    // A file in its place holds no backups either; who would make one says so.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
