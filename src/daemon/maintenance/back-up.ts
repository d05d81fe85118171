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
import type { Store } from "../../store/store.ts";
import { backupName, dropOldBackups, dropUnfinished, listBackups } from "./backups.ts";
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

/** Refuses with `conflict` while another is made, with `unavailable` when the disk has no room for one. */
export async function backUp(room: BackUpRoom, actor: string): Promise<Backup> {
  const { store, clock, log, limits, database, backups } = room;
  assertRoom(room);
  dropUnfinished(backups);
  const before = await lastEvent(store.read);
  const to = join(backups, backupName(clock.now()));
  const { bytes, answer } = await copyStore({
    from: database,
    to,
    ask: async (read) => {
      const facts = await storeFacts(read);
      if (facts.newestEvent < (before?.id ?? 0)) throw new Error("it lacks events that the store had before");
      return facts;
    },
  });
  const { tasks, events } = answer;
  dropOldBackups(backups, { keep: limits().backupsKept, newest: to });
  await store.write((tx) =>
    appendEvent(tx, { topic: "store.backed_up", actor, data: { path: to, bytes, tasks, events } }),
  );
  log.info("the store was backed up", { path: to, bytes, tasks, events });
  return { path: to, bytes, checkedAt: clock.now(), tasks, events };
}

/** One that is due is made at the next look; a newest backup of the future, made by a wrong clock, counts as none. */
export function backUpDuty({ clock, limits, backups }: BackUpRoom, make: () => Promise<unknown>): Duty {
  return {
    name: "backup",
    everyMs: LOOK_MS,
    async run() {
      const everyMs = limits().backupEveryHours * HOUR_MS;
      if (everyMs === 0) return;
      const age = clock.now() - (lastBackup(backups)?.at ?? 0);
      if (age < 0 || age >= everyMs) await make();
    },
  };
}

export function lastBackup(backups: string) {
  return listBackups(backups).find(({ kind }) => kind === "backup");
}

/** A backup that fills the disk would cost more than it saves. */
function assertRoom({ database, backups, limits }: BackUpRoom): void {
  const wanted = statSync(database).size + limits().freeDiskBytes;
  const free = freeBytes(backups);
  if (free === undefined) refuse("unavailable", `The directory ${backups} cannot be used.`);
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
