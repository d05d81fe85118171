/** Backups of the SQLite store: one now, and one every so often. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { refuse } from "../../core/refusal.ts";
import { appendEvent } from "../../event/event.store.ts";
import { lastEvent } from "../../event/event-retention.store.ts";
import { freeBytes } from "../../run/free-disk.ts";
import { copyStore } from "../../store/copy.ts";
import type { Store, Tx } from "../../store/store.ts";
import { backupName, dropOldBackups, dropUnfinished, lastBackup } from "./backups.ts";
import type { Duty } from "./duty.ts";
import { storeFacts } from "./store-facts.ts";

export interface BackUpRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => Limits;
  readonly database: string;
  readonly backups: string;
}

export interface Backup {
  readonly path: string;
  readonly bytes: number;
  /** Epoch ms. */
  readonly checkedAt: number;
  readonly tasks: number;
  readonly events: number;
}

/** How often it is looked whether one is due, in ms. */
const LOOK_MS = 10 * 60_000;
const HOUR_MS = 3600_000;

/**
 * Refuses with `conflict` while another is made, with `unavailable` when the disk has no room for one or says no. What is
 * `recorded` is written together with the word that it was made.
 */
export async function backUp(
  room: BackUpRoom,
  actor: string,
  recorded: (tx: Tx, made: Backup) => Promise<unknown> = async () => {},
): Promise<Backup> {
  const { store, clock, log, limits, backups } = room;
  assertRoom(room);
  dropUnfinished(backups);
  const now = clock.now();
  const path = join(backups, backupName(now));
  const { bytes, tasks, events } = await copyOf(room, path);
  const made = { path, bytes, checkedAt: clock.now(), tasks, events };
  dropOldBackups(backups, { keep: limits().backupsKept, now });
  await store.write(async (tx) => {
    await appendEvent(tx, { topic: "store.backed_up", actor, data: { path, bytes, tasks, events } });
    await recorded(tx, made);
  });
  log.info("the store was backed up", { path, bytes, tasks, events });
  return made;
}

async function copyOf({ store, database, backups }: BackUpRoom, to: string) {
  const before = await lastEvent(store.read);
  try {
    const { bytes, answer } = await copyStore({
      from: database,
      to,
      ask: async (read) => {
        const facts = await storeFacts(read);
        if (facts.newestEvent < (before?.id ?? 0)) throw new Error("it lacks events that the store had before");
        return facts;
      },
    });
    return { bytes, ...answer };
  } catch (error) {
    // What the file system says is no fault of ours.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return refuse("unavailable", `No backup can be made in ${backups}: ${error.message}.`, { hint: NO_DIRECTORY });
  }
}

/** One that is due is made at the next look. */
export function backUpDuty({ clock, limits, backups }: BackUpRoom, make: () => Promise<unknown>): Duty {
  return {
    name: "backup",
    everyMs: LOOK_MS,
    async run() {
      const everyMs = limits().backupEveryHours * HOUR_MS;
      if (everyMs === 0) return;
      const now = clock.now();
      if (now - (lastBackup(backups, now)?.at ?? 0) >= everyMs) await make();
    },
  };
}

const NO_DIRECTORY =
  "It has to be a directory that the daemon may write: move away what is there, and it makes one itself.";

/** A backup that fills the disk would cost more than it saves. */
function assertRoom({ database, backups, limits }: BackUpRoom): void {
  const wanted = statSync(database).size + limits().freeDiskBytes;
  const free = freeBytes(backups);
  if (free === undefined)
    refuse("unavailable", `${backups} cannot be used as a directory for backups.`, { hint: NO_DIRECTORY });
  if (free >= wanted) return;
  refuse(
    "unavailable",
    `A backup and the room that must stay free take ${mib(wanted)} MiB, and ${mib(free)} are left.`,
    {
      hint: "Make room on the disk, or lower limits.freeDiskBytes.",
    },
  );
}

function mib(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}
