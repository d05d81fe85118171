/** An upgrade that dies on its way: the store is the old one or the new one, and there is a copy from before. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backUpBeforeUpgrade } from "../../src/daemon/maintenance/upgrade-backup.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Migration } from "../../src/store/store.ts";
import { scratch } from "../scratch.ts";
import { NOTES, note, noted } from "../stores/notes.ts";

const STOPS_IN_MIGRATION = join(import.meta.dirname, "../fixtures/programs/stops-in-migration.ts");
const SECOND: Migration = { name: "notes/2", up: () => ["ALTER TABLE note ADD COLUMN colour TEXT"] };

const directory = scratch("upgrade");

async function anOldStore() {
  const home = directory();
  const paths = { database: join(home, "steward.db"), backups: join(home, "backups") };
  const store = await openSqlite({ path: paths.database, migrations: [NOTES] });
  await store.write((tx) => note(tx, "kept"));
  await store.close();
  return { home, paths };
}

test("kill -9 in the middle of a migration leaves the old store whole, and beside it the copy from before", async () => {
  const { home, paths } = await anOldStore();
  const child = spawn(process.execPath, [STOPS_IN_MIGRATION, home], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
  const old = await openSqlite({ path: paths.database, migrations: [NOTES] });
  expect(await noted(old)).toEqual(["kept"]);
  await old.close();
  const [name] = readdirSync(paths.backups);
  expect(name).toBe("before-9.9.9-1970-01-01T00-00-00.000Z.db");
  const copy = await openSqlite({ path: join(paths.backups, name ?? ""), migrations: [NOTES] });
  expect(await noted(copy)).toEqual(["kept"]);
  await copy.close();
  const next = await openSqlite({ path: paths.database, migrations: [NOTES, SECOND] });
  expect(await next.read.all("SELECT text, colour FROM note")).toEqual([{ text: "kept", colour: null }]);
  await next.close();
});

test("an upgrade that fails again and again copies the same store once", async () => {
  const { paths } = await anOldStore();
  const broken: Migration = { name: "notes/2", up: () => ["CREATE NONSENSE"] };
  let now = 0;
  const beforeMigrating = () => backUpBeforeUpgrade({ paths, version: "9.9.9", now: now++, keep: 3 });
  for (let attempt = 0; attempt < 5; attempt++) {
    const opening = openSqlite({ path: paths.database, migrations: [NOTES, broken], beforeMigrating });
    await expect(opening).rejects.toMatchObject({ message: expect.stringContaining("NONSENSE") });
  }
  expect(readdirSync(paths.backups)).toHaveLength(1);
  const old = await openSqlite({ path: paths.database, migrations: [NOTES] });
  await old.write((tx) => note(tx, "meanwhile"));
  await old.close();
  await openSqlite({ path: paths.database, migrations: [NOTES, broken], beforeMigrating }).catch(() => {});
  expect(readdirSync(paths.backups)).toHaveLength(2);
});

test("a store that cannot be backed up before is not changed", async () => {
  const { home, paths } = await anOldStore();
  writeFileSync(paths.backups, "where the directory should be");
  const beforeMigrating = () => backUpBeforeUpgrade({ paths, version: "9.9.9", now: 0, keep: 3 });
  const opening = openSqlite({ path: paths.database, migrations: [NOTES, SECOND], beforeMigrating });
  await expect(opening).rejects.toMatchObject({ name: "StoreUnusable", message: expect.stringContaining("9.9.9") });
  const old = await openSqlite({ path: join(home, "steward.db"), migrations: [NOTES] });
  expect(await old.read.all("SELECT name FROM pragma_table_info('note')")).not.toContainEqual({ name: "colour" });
  await old.close();
});

test("a store that is new, or has every table, or was written by a newer Steward, is not copied", async () => {
  const { paths } = await anOldStore();
  mkdirSync(paths.backups);
  const beforeMigrating = () => backUpBeforeUpgrade({ paths, version: "9.9.9", now: 0, keep: 3 });
  await (await openSqlite({ path: paths.database, migrations: [NOTES], beforeMigrating })).close();
  await (await openSqlite({ path: join(directory(), "steward.db"), migrations: [NOTES], beforeMigrating })).close();
  const newer = openSqlite({ path: paths.database, migrations: [SECOND], beforeMigrating });
  await expect(newer).rejects.toThrow(/newer Steward/);
  expect(readdirSync(paths.backups)).toEqual([]);
});
