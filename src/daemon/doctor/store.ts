/** The SQLite store: is it there, ours, whole, of this version, and is there a backup of it? */
import { stat } from "node:fs/promises";
import { StoreUnusable } from "../../store/store.ts";
import { schemaOf, verifyFile } from "../../store/verify.ts";
import { lastBackup, listBackups } from "../maintenance/backups.ts";
import { type Check, type Finding, note, ok, problem, type Surroundings, warning } from "./finding.ts";

/** A larger store is not read whole in passing, in bytes. */
const QUICK_BYTES = 512 * 2 ** 20;
/** A write-ahead log beyond this means that something keeps it from being folded in, in bytes. */
const LARGE_LOG_BYTES = 256 * 2 ** 20;
const HOUR_MS = 3600_000;
/** A young store need not have a backup yet, in ms. */
const YOUNG_MS = 24 * HOUR_MS;

const RESTORE = "`steward store restore` puts the newest whole backup in its place; what was there is kept beside it.";

export const store: Check = {
  subject: "store",
  async run(around, signal) {
    const { database, backups } = around.paths;
    if (around.settings.isStoreElsewhere)
      return [note("The store is a PostgreSQL database.", "`steward store check` asks it; back it up with pg_dump.")];
    const found = await stat(database).catch(() => undefined);
    if (!found) return [missing(listBackups(backups, around.clock.now()).length, database)];
    if (found.size === 0) return [problem(`${database} is empty: the store that was here has been lost.`, RESTORE)];
    // To read a store one may have to make files beside it, and those would not be its owner's.
    if (found.uid !== process.geteuid?.())
      return [note(`${database} belongs to user ${found.uid} and was not looked into.`, "Ask as that user.")];
    const log = (await stat(`${database}-wal`).catch(() => undefined))?.size ?? 0;
    return [
      await content(around, found.size, signal),
      ...(log > LARGE_LOG_BYTES
        ? [
            warning(
              `Its write-ahead log has grown to ${mib(log)} MiB.`,
              "Something keeps an old snapshot of the store open; end it, or restart the daemon.",
            ),
          ]
        : []),
      backup(around, found.birthtimeMs),
      ...early(around),
    ];
  },
};

function missing(backups: number, database: string): Finding {
  if (backups === 0) return note(`There is no ${database} yet.`, "The first start makes it.");
  return problem(`There is no ${database}, though there are backups: it has been lost.`, RESTORE);
}

async function content(
  { paths: { database }, migrations }: Surroundings,
  bytes: number,
  signal: AbortSignal,
): Promise<Finding> {
  const size = `${database} (${mib(bytes)} MiB)`;
  if (bytes > QUICK_BYTES)
    return note(`${size} is too large to be read whole in passing.`, "`steward store check` does it.");
  try {
    const { missing: behind, unknown } = await verifyFile(database, {
      ask: (read) => schemaOf(read, migrations),
      signal,
    });
    if (unknown.length > 0)
      return problem(
        `A newer Steward wrote ${database} (it has ${unknown.join(", ")}).`,
        "Use that version, or a backup from before the upgrade.",
      );
    if (behind.length > 0)
      return note(`${size} is whole, and of an older version.`, "The next start backs it up and brings it up to date.");
    return ok(`${size} is whole.`);
  } catch (error) {
    if (error instanceof StoreUnusable) return problem(error.message, RESTORE);
    throw error;
  }
}

function backup({ paths, clock, settings }: Surroundings, bornAt: number): Finding {
  const { backupEveryHours } = settings.limits;
  const newest = lastBackup(paths.backups, clock.now());
  const toDo = "`steward store backup` makes one now.";
  if (!newest) {
    const isYoung = clock.now() - bornAt < YOUNG_MS;
    return isYoung ? note("There is no backup yet.", toDo) : warning("There is no backup.", toDo);
  }
  const age = clock.now() - newest.at;
  const told = `The last backup is ${hours(age)} old: ${newest.path}`;
  const isLate = backupEveryHours > 0 && age > 2 * backupEveryHours * HOUR_MS;
  return isLate
    ? warning(`${told}.`, `One is made every ${backupEveryHours} h while a daemon runs. ${toDo}`)
    : ok(`${told}.`);
}

function early({ paths, clock }: Surroundings): Finding[] {
  const now = clock.now();
  const [first, ...more] = listBackups(paths.backups, now).filter(({ at }) => at > now);
  if (!first) return [];
  return [
    warning(
      `${first.path}${more.length > 0 ? ` (and ${more.length} more)` : ""} has a date that has yet to come: it counts as none.`,
      "Is the clock right? Move away what a wrong one made; `steward store restore FILE` still takes it.",
    ),
  ];
}

function hours(ms: number): string {
  const whole = Math.floor(ms / HOUR_MS);
  if (whole < 1) return "less than an hour";
  return whole < 48 ? `${whole} h` : `${Math.floor(whole / 24)} days`;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
