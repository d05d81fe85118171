import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../../test/scratch.ts";
import { backupName, dropOldBackups, dropUnfinished, lastBackup, listBackups, upgradeBackupName } from "./backups.ts";

const directory = scratch("backups");
const DAY_MS = 24 * 3600_000;
const START = Date.parse("2026-01-05T08:00:00.007Z");

function leave(root: string, ...names: string[]): void {
  for (const name of names) writeFileSync(join(root, name), "x");
}

test("a backup is known by its name: what it is, and of when", () => {
  const root = directory();
  leave(root, backupName(START), upgradeBackupName("1.2.0-beta.1", START + DAY_MS), "steward-old.db", "mine.db");
  expect(listBackups(root, START + DAY_MS)).toEqual([
    {
      path: join(root, "before-1.2.0-beta.1-2026-01-06T08-00-00.007Z.db"),
      at: START + DAY_MS,
      bytes: 1,
      kind: "upgrade",
    },
    { path: join(root, "steward-2026-01-05T08-00-00.007Z.db"), at: START, bytes: 1, kind: "backup" },
  ]);
});

test("where nothing was ever backed up there are none", () => {
  expect(listBackups(join(directory(), "not-there"), START)).toEqual([]);
});

test("the newest of each kind are kept, and nothing that is not ours goes", () => {
  const root = directory();
  const daily = Array.from({ length: 5 }, (_, day) => backupName(START + day * DAY_MS));
  const upgrades = Array.from({ length: 3 }, (_, day) => upgradeBackupName("0.2.0", START + day * DAY_MS));
  leave(root, ...daily, ...upgrades, "mine.db");
  mkdirSync(join(root, backupName(START - DAY_MS)));
  dropOldBackups(root, { keep: 2, now: START + 4 * DAY_MS });
  expect(readdirSync(root).sort()).toEqual(
    [...daily.slice(3), ...upgrades.slice(1), backupName(START - DAY_MS), "mine.db"].sort(),
  );
});

test("the one that was just made stays, though a clock that went back makes it look the oldest", () => {
  const root = directory();
  const made = backupName(START - 10 * DAY_MS);
  leave(root, backupName(START), backupName(START + DAY_MS), made);
  dropOldBackups(root, { keep: 1, now: START - 10 * DAY_MS });
  expect(readdirSync(root)).toEqual([made]);
});

test("one whose date has yet to come is listed last, is never the last one made, and is the first to go", () => {
  const root = directory();
  const [today, yesterday, future] = [0, -1, 26_000].map((day) => backupName(START + day * DAY_MS));
  leave(root, today ?? "", yesterday ?? "", future ?? "");
  expect(listBackups(root, START).map(({ path }) => basename(path))).toEqual([today, yesterday, future]);
  expect(lastBackup(root, START)?.at).toBe(START);
  dropOldBackups(root, { keep: 2, now: START });
  expect(readdirSync(root).sort()).toEqual([yesterday, today]);
  dropOldBackups(root, { keep: 1, now: START - DAY_MS });
  expect(readdirSync(root)).toEqual([yesterday]);
});

test("a link is no backup, whatever it leads to and is called", () => {
  const root = directory();
  leave(root, "mine.db");
  symlinkSync(join(root, "mine.db"), join(root, backupName(START)));
  expect(listBackups(root, START)).toEqual([]);
});

test("what somebody began who died over it is taken away", () => {
  const root = directory();
  leave(root, `${backupName(START)}.partial`, `${backupName(START)}.partial-journal`, backupName(START));
  dropUnfinished(root);
  expect(readdirSync(root)).toEqual([backupName(START)]);
});
