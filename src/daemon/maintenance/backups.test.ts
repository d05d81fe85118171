import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../../test/scratch.ts";
import { backupName, dropOldBackups, dropUnfinished, listBackups, upgradeBackupName } from "./backups.ts";

const directory = scratch("backups");
const DAY_MS = 24 * 3600_000;
const START = Date.parse("2026-01-05T08:00:00.007Z");

function leave(root: string, ...names: string[]): void {
  for (const name of names) writeFileSync(join(root, name), "x");
}

test("a backup is known by its name: what it is, and of when", () => {
  const root = directory();
  leave(root, backupName(START), upgradeBackupName("1.2.0-beta.1", START + DAY_MS), "steward-old.db", "mine.db");
  expect(listBackups(root)).toEqual([
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
  expect(listBackups(join(directory(), "not-there"))).toEqual([]);
});

test("the newest of each kind are kept, and nothing that is not ours goes", () => {
  const root = directory();
  const daily = Array.from({ length: 5 }, (_, day) => backupName(START + day * DAY_MS));
  const upgrades = Array.from({ length: 3 }, (_, day) => upgradeBackupName("0.2.0", START + day * DAY_MS));
  leave(root, ...daily, ...upgrades, "mine.db");
  mkdirSync(join(root, backupName(START - DAY_MS)));
  dropOldBackups(root, { keep: 2, newest: join(root, daily[4] ?? "") });
  expect(readdirSync(root).sort()).toEqual(
    [...daily.slice(3), ...upgrades.slice(1), backupName(START - DAY_MS), "mine.db"].sort(),
  );
});

test("the one that was just made stays, though a clock that went back makes it look the oldest", () => {
  const root = directory();
  const made = backupName(START - 10 * DAY_MS);
  leave(root, backupName(START), backupName(START + DAY_MS), made);
  dropOldBackups(root, { keep: 1, newest: join(root, made) });
  expect(readdirSync(root)).toEqual([made]);
});

test("what somebody began who died over it is taken away", () => {
  const root = directory();
  leave(root, `${backupName(START)}.partial`, `${backupName(START)}.partial-journal`, backupName(START));
  dropUnfinished(root);
  expect(readdirSync(root)).toEqual([backupName(START)]);
});
