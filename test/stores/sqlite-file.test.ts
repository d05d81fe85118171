/** What can be wrong with the file of a SQLite store: other stores have no file, so this suite is SQLite's own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../src/store/sqlite.ts";
import { type Migration, StoreUnusable } from "../../src/store/store.ts";
import { NOTES, note, noted, times } from "./notes.ts";

const SECOND: Migration = { name: "notes/2", up: () => ["ALTER TABLE note ADD COLUMN colour TEXT"] };
const BROKEN: Migration = { name: "notes/3", up: () => ["CREATE TABLE half (id INTEGER)", "CREATE NONSENSE"] };

describe("opening", () => {
  test("a store that a newer Steward wrote is refused by name, and left as it is", async () => {
    const path = newPath();
    await (await openSqlite({ path, migrations: [NOTES, SECOND] })).close();
    const refused = openSqlite({ path, migrations: [NOTES] });
    await expect(refused).rejects.toThrow(StoreUnusable);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining("notes/2"),
      hint: expect.stringContaining("backup"),
    });
    await (await openSqlite({ path, migrations: [NOTES, SECOND] })).close();
  });

  test("somebody else's database is refused and not touched", async () => {
    const path = newPath();
    const foreign = new DatabaseSync(path);
    foreign.exec("CREATE TABLE theirs (id INTEGER)");
    foreign.close();
    const before = readFileSync(path);
    await expect(openSqlite({ path, migrations: [NOTES] })).rejects.toThrow(/is not a store of Steward/);
    expect(readFileSync(path)).toEqual(before);
  });

  test("a file that is no database is refused and not touched", async () => {
    const path = newPath();
    writeFileSync(path, "Dear diary,\n".repeat(1000));
    await expect(openSqlite({ path, migrations: [NOTES] })).rejects.toThrow(StoreUnusable);
    expect(readFileSync(path, "utf8")).toMatch(/^Dear diary/);
  });

  test("an empty file is a lost store, never a new one", async () => {
    const path = newPath();
    writeFileSync(path, "");
    await expect(openSqlite({ path, migrations: [NOTES] })).rejects.toThrow(/is empty/);
    expect(readFileSync(path)).toHaveLength(0);
  });

  test("a store that was begun and never finished is begun again", async () => {
    const path = newPath();
    writeFileSync(`${path}.new`, "half of something");
    const store = await openSqlite({ path, migrations: [NOTES] });
    await store.write((tx) => note(tx, "fine"));
    await store.close();
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test("what is left of a store that was taken away does not come back in a new one", async () => {
    const path = newPath();
    const lost = await openSqlite({ path, migrations: [NOTES] });
    await lost.write((tx) => note(tx, "of the old store"));
    // As after kill -9: the write-ahead log still holds the last commits.
    const log = readFileSync(`${path}-wal`);
    expect(log.length).toBeGreaterThan(0);
    await lost.close();
    rmSync(path);
    writeFileSync(`${path}-wal`, log);
    const store = await openSqlite({ path, migrations: [NOTES] });
    expect(await noted(store)).toEqual([]);
    await store.write((tx) => note(tx, "of the new store"));
    expect(await noted(store)).toEqual(["of the new store"]);
    await store.close();
  });

  test("every commit is synced: FULL in write-ahead mode is what the file really has", async () => {
    const path = newPath();
    const store = await openSqlite({ path, migrations: [NOTES] });
    const settings = await store.write(async (tx) => [
      await tx.get("PRAGMA synchronous"),
      await tx.get("PRAGMA journal_mode"),
      await tx.get("PRAGMA foreign_keys"),
    ]);
    expect(settings).toEqual([{ synchronous: 2 }, { journal_mode: "wal" }, { foreign_keys: 1 }]);
    await store.close();
  });
});

describe("migrating", () => {
  test("what a store lacks is added, what is there stays", async () => {
    const path = newPath();
    const old = await openSqlite({ path, migrations: [NOTES] });
    await old.write((tx) => note(tx, "kept"));
    await old.close();
    const store = await openSqlite({ path, migrations: [NOTES, SECOND] });
    expect(await store.read.all("SELECT text, colour FROM note")).toEqual([{ text: "kept", colour: null }]);
    await store.close();
  });

  test("one that fails leaves nothing of itself, nor of those before it", async () => {
    const path = newPath();
    await (await openSqlite({ path, migrations: [NOTES] })).close();
    await expect(openSqlite({ path, migrations: [NOTES, SECOND, BROKEN] })).rejects.toThrow(/NONSENSE/);
    const store = await openSqlite({ path, migrations: [NOTES] });
    const tables = await store.read.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    expect(tables.map(({ name }) => name)).not.toContain("half");
    expect(await store.read.all("SELECT name FROM pragma_table_info('note')")).not.toContainEqual({ name: "colour" });
    expect(await store.read.all("SELECT name FROM schema_migration")).toEqual([{ name: "notes/1" }]);
    await store.close();
  });

  test("one that fails at the very first start leaves no store", async () => {
    const path = newPath();
    await expect(openSqlite({ path, migrations: [NOTES, BROKEN] })).rejects.toThrow(/NONSENSE/);
    expect(existsSync(path)).toBe(false);
    const store = await openSqlite({ path, migrations: [NOTES] });
    await store.close();
    expect(readdirSync(join(path, ".."))).toEqual(["steward.db"]);
  });
});

describe("trouble while it is open", () => {
  test("a file that another process holds locked is `unavailable`, and a moment later it is not", async () => {
    const path = newPath();
    const store = await openSqlite({ path, migrations: [NOTES] });
    const intruder = new DatabaseSync(path);
    intruder.exec("BEGIN IMMEDIATE");
    const refused = store.write((tx) => note(tx, "now"));
    await expect(refused).rejects.toMatchObject({ code: "unavailable", hint: expect.stringContaining("try again") });
    intruder.exec("COMMIT");
    intruder.close();
    await store.write((tx) => note(tx, "later"));
    expect(await noted(store)).toEqual(["later"]);
    await store.close();
  });

  test("a store that was damaged says so as `unavailable`, not as a bug", async () => {
    const path = newPath();
    const whole = await openSqlite({ path, migrations: [NOTES] });
    await whole.write(async (tx) => {
      for (const text of times(2000, (n) => `note ${n} ${"x".repeat(100)}`)) await note(tx, text);
    });
    await whole.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 8 * 4096);
    writeFileSync(path, bytes);
    const store = await openSqlite({ path, migrations: [NOTES] });
    await expect(noted(store)).rejects.toMatchObject({ code: "unavailable" });
    await store.close();
  });

  test("a full disk refuses everybody with `unavailable`, keeps what was acknowledged, and goes on when there is room", async ({
    skip,
  }) => {
    const disk = smallDisk();
    skip(disk === undefined, "no file system of a fixed size can be mounted here (that takes root)");
    const path = join(disk ?? "", "steward.db");
    const room = join(disk ?? "", "room");
    writeFileSync(room, Buffer.alloc(DISK_BYTES / 4));
    const store = await openSqlite({ path, migrations: [NOTES] });
    const kept: string[] = [];
    const write = (text: string) => store.write((tx) => note(tx, text)).then(() => kept.push(text));
    const refused = await untilRefused((n) => write(`${n} ${"x".repeat(50_000)}`));
    expect(refused).toMatchObject({ code: "unavailable", message: expect.stringContaining("no room") });

    const huge = times(100, (n) => `huge ${n} ${"y".repeat(50_000)}`);
    const together = await Promise.allSettled([
      ...times(3, (n) => write(`${n} before the huge one ${"z".repeat(50_000)}`)),
      store.write(async (tx) => {
        for (const text of huge) await note(tx, text);
      }),
      ...times(3, (n) => write(`${n} after the huge one ${"z".repeat(50_000)}`)),
    ]);
    for (const end of together) {
      if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "unavailable" });
    }
    expect(await noted(store)).toEqual(kept);

    rmSync(room);
    await write("there is room again");
    await store.close();
    const again = await openSqlite({ path, migrations: [NOTES] });
    expect(await noted(again)).toEqual(kept);
    await again.close();
  });
});

function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), "steward-file-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "steward.db");
}

const DISK_BYTES = 2 * 1024 * 1024;

/** A file system of its own, gone when the test is over. Undefined where none can be mounted. */
function smallDisk(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "steward-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", directory]);
  onTestFinished(() => {
    // Lazily: a test that failed half-way still has its files open.
    if (status === 0) spawnSync("umount", ["--lazy", directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return status === 0 ? directory : undefined;
}

async function untilRefused(write: (n: number) => Promise<unknown>): Promise<unknown> {
  for (let n = 0; n < 1000; n++) {
    try {
      await write(n);
    } catch (error) {
      return error;
    }
  }
  throw new Error("the disk took everything");
}
