/** Backups of a SQLite store, and the way back to one: other stores are no file of ours to copy. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { owner } from "../../src/access/owner.ts";
import { doneOnce } from "../../src/access/request.store.ts";
import { homePaths } from "../../src/core/home.ts";
import { silentLog } from "../../src/core/log.ts";
import { createPorts } from "../../src/core/operation.ts";
import { backUpDuty } from "../../src/daemon/maintenance/back-up.ts";
import { lastBackup, listBackups } from "../../src/daemon/maintenance/backups.ts";
import { checkStore } from "../../src/daemon/maintenance/check-store.ts";
import { startMaintenance } from "../../src/daemon/maintenance/maintenance.ts";
import { restoreStore } from "../../src/daemon/restore-store.ts";
import { backup } from "../../src/daemon/store.operations.ts";
import { listEvents } from "../../src/event/event.store.ts";
import { openWorkspaceRoom } from "../../src/run/workspace/workspace-room.ts";
import { copyStore } from "../../src/store/copy.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { migrations } from "../../src/tables.ts";
import { submitTask } from "../../src/task/task.service.ts";
import { NewTask } from "../../src/task/task.ts";
import { someLimits } from "../builders.ts";
import { testClock } from "../clock.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { scratch } from "../scratch.ts";

const HOUR_MS = 3600_000;
const directory = scratch("backup");

async function aHost(limits: Parameters<typeof someLimits>[0] = {}) {
  const paths = homePaths(directory());
  for (const made of [paths.runs, paths.exits]) mkdirSync(made);
  const clock = testClock();
  const store = await openSqlite({ path: paths.database, migrations, clock, synchronous: "OFF" });
  const limitsNow = { ...someLimits({ freeDiskBytes: 0, ...limits }) };
  const options = { store, clock, log: silentLog, limits: () => limitsNow };
  const workspaces = await openWorkspaceRoom({
    ...{ ...options, hostId: 1, directory: paths.workspaces },
    projects: () => ({}),
    onStep: () => {},
  });
  const maintenance = startMaintenance({ ...options, paths, workspaces });
  return {
    paths,
    clock,
    store,
    maintenance,
    limits: limitsNow,
    submit: (key: string) => submit(store, key),
    close: () => maintenance.stop().then(() => store.close()),
    restore: (from = "latest") => restoreStore({ paths, migrations, clock, actor: "person:ada", from }),
  };
}

function submit(store: Store, key: string): Promise<unknown> {
  return store.write((tx) =>
    submitTask(tx, NewTask.parse({ prompt: "Do it", key }), "person:ada", someLimits(), { projectId: 1 }),
  );
}

async function keysIn(path: string): Promise<string[]> {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare("SELECT key FROM task ORDER BY id").all();
  db.close();
  return rows.map(({ key }) => String(key));
}

describe("a backup", () => {
  test("is one file with all that was committed, readable by its owner alone, and is told of", async () => {
    const host = await aHost();
    await host.submit("one");
    const made = await host.maintenance.backUp("person:ada");
    expect(made).toMatchObject({ tasks: 1, checkedAt: host.clock.now() });
    expect(await keysIn(made.path)).toEqual(["one"]);
    expect(statSync(made.path)).toMatchObject({ size: made.bytes });
    expect(statSync(made.path).mode & 0o777).toBe(0o600);
    expect(statSync(host.paths.backups).mode & 0o777).toBe(0o700);
    expect(readdirSync(host.paths.backups)).toHaveLength(1);
    const events = await listEvents(host.store.read, { after: 0, topic: "store.*", limit: 10 });
    expect(events).toMatchObject([{ topic: "store.backed_up", actor: "person:ada" }]);
    await host.close();
  });

  test("is whole though the store is written all the while, and writers are not held up by it", async () => {
    const host = await aHost();
    const acknowledged: string[] = [];
    let during = 0;
    for (let n = 0; n < 500; n++) await host.submit(`before-${n}`).then(() => acknowledged.push(`before-${n}`));
    const before = [...acknowledged];
    let isMaking = true;
    const making = host.maintenance.backUp("person:ada").finally(() => {
      isMaking = false;
    });
    while (isMaking) await host.submit(`during-${during++}`);
    const { path } = await making;
    expect(during).toBeGreaterThan(5);
    expect((await keysIn(path)).slice(0, before.length)).toEqual(before);
    await host.close();
  });

  test("is made one at a time", async () => {
    const host = await aHost();
    const first = host.maintenance.backUp("person:ada");
    await expect(host.maintenance.backUp("person:ada")).rejects.toMatchObject({ code: "conflict" });
    await first;
    await host.close();
  });

  test("is refused where it would fill the disk, and nothing is left of it", async () => {
    const host = await aHost({ freeDiskBytes: 2 ** 50 });
    await expect(host.maintenance.backUp("person:ada")).rejects.toMatchObject({ code: "unavailable" });
    expect(readdirSync(host.paths.backups)).toEqual([]);
    await host.close();
  });

  test("is refused with what to do where its directory is a file, or a link to nowhere", async () => {
    const host = await aHost();
    const { backups } = host.paths;
    for (const make of [
      () => writeFileSync(backups, ""),
      () => symlinkSync(join(directory(), "gone", "gone"), backups),
    ]) {
      make();
      await expect(host.maintenance.backUp("person:ada")).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(backups),
        hint: expect.stringContaining("directory"),
      });
      rmSync(backups);
    }
    expect(await host.maintenance.backUp("person:ada")).toMatchObject({ tasks: 0 });
    await host.close();
  });

  test("whose request is repeated is not made again, and a request of another name makes another", async () => {
    const host = await aHost();
    const { call } = createPorts({ operations: [backup], context: host, log: silentLog, once: doneOnce });
    const actor = owner();
    const first = await call("store.backup", {}, actor, { requestId: "nightly" });
    host.clock.advance(HOUR_MS);
    expect(await call("store.backup", {}, actor, { requestId: "nightly" })).toEqual(first);
    expect(readdirSync(host.paths.backups)).toHaveLength(1);
    await call("store.backup", {}, actor, { requestId: "of the next night" });
    expect(readdirSync(host.paths.backups)).toHaveLength(2);
    await host.close();
  });

  test("of a damaged store never gets the name of one, and the earlier ones stay", async () => {
    const host = await aHost({ backupsKept: 1 });
    for (let n = 0; n < 400; n++) await host.submit(`task-of-the-old-days-${n}`);
    const good = await host.maintenance.backUp("person:ada");
    await host.close();
    damage(host.paths.database);
    const to = join(host.paths.backups, "steward-2030-01-01T00-00-00.000Z.db");
    await expect(copyStore({ from: host.paths.database, to, ask: async () => {} })).rejects.toThrow(
      /damaged|malformed/,
    );
    expect(readdirSync(host.paths.backups).map((name) => join(host.paths.backups, name))).toEqual([good.path]);
  });

  test("is made by itself when the last is old enough; so many are kept, and 0 hours is never", async () => {
    const host = await aHost({ backupEveryHours: 24, backupsKept: 2 });
    const times = () => listBackups(host.paths.backups, host.clock.now()).map(({ at }) => at);
    /** Time passes until there is a newer one than those. */
    const newer = (than: readonly number[]) =>
      eventually("another backup", () => {
        host.clock.advance(10 * 60_000);
        const now = times();
        return now[0] !== than[0] && now;
      });
    const first = await newer([]);
    const second = await newer(first);
    const third = await newer(second);
    expect((second[0] ?? 0) - (first[0] ?? 0)).toBeGreaterThanOrEqual(24 * HOUR_MS);
    await eventually("the oldest is gone", () => times().length === 2);
    expect(times()).toEqual([third[0], second[0]]);
    host.limits.backupEveryHours = 0;
    host.clock.advance(100 * HOUR_MS);
    await host.close();
    expect(times()).toEqual([third[0], second[0]]);
  });

  test("is not made at each look because of one whose date has yet to come", async () => {
    const host = await aHost({ backupEveryHours: 24, backupsKept: 3 });
    mkdirSync(host.paths.backups);
    writeFileSync(join(host.paths.backups, "steward-2099-01-01T00-00-00.000Z.db"), "x");
    const { path } = await host.maintenance.backUp("person:ada");
    let made = 0;
    const make = async () => made++;
    const { database, backups } = host.paths;
    const room = { ...host, log: silentLog, limits: () => host.limits, database, backups };
    const duty = backUpDuty(room, make);
    await duty.run();
    expect(made).toBe(0);
    host.clock.advance(24 * HOUR_MS);
    await duty.run();
    expect(made).toBe(1);
    expect(lastBackup(host.paths.backups, host.clock.now())?.path).toBe(path);
    await host.close();
  });

  test("that fails by itself is told as a problem", async () => {
    const host = await aHost({ freeDiskBytes: 2 ** 50 });
    host.clock.advance(HOUR_MS);
    const [told] = await eventually("it is told", () => {
      const problems = host.maintenance.problems();
      return problems.length > 0 && problems;
    });
    expect(told).toContain("The backup failed: A backup and the room that must stay free");
    await host.close();
  });
});

describe("a restore", () => {
  test("puts the backup in place, keeps what was there, and gives no number twice", async () => {
    const host = await aHost();
    await host.submit("kept");
    await host.maintenance.backUp("person:ada");
    for (const key of ["lost-1", "lost-2"]) await host.submit(key);
    const newest = (await listEvents(host.store.read, { after: 0, limit: 100 })).at(-1)?.id ?? 0;
    await host.close();
    mkdirSync(join(host.paths.runs, "run-17"));
    const restored = await host.restore();
    expect(restored.facts).toMatchObject({ tasks: 1 });
    expect(await keysIn(restored.aside ?? "")).toEqual(["kept", "lost-1", "lost-2"]);
    const store = await openSqlite({ path: host.paths.database, migrations, clock: host.clock });
    await submit(store, "new");
    expect(await store.read.all("SELECT id, key FROM task")).toMatchObject([{ key: "kept" }, { id: 4, key: "new" }]);
    const events = await listEvents(store.read, { after: newest, limit: 10 });
    expect(events.map(({ topic }) => topic)).toEqual(["store.restored", "task.submitted"]);
    expect(await store.read.get("SELECT seq FROM sqlite_sequence WHERE name = 'run'")).toEqual({ seq: 17 });
    await store.close();
  });

  test("of a store that cannot tell its numbers leaves many out", async () => {
    const host = await aHost();
    await host.submit("kept");
    await host.maintenance.backUp("person:ada");
    await host.close();
    writeFileSync(host.paths.database, "Dear diary,\n".repeat(1_000));
    await host.restore();
    const store = await openSqlite({ path: host.paths.database, migrations, clock: host.clock });
    await submit(store, "new");
    expect(await store.read.get("SELECT id FROM task WHERE key = 'new'")).toEqual({ id: 100_002 });
    await store.close();
  });

  test("takes the newest backup that is whole, and says which it passed over", async () => {
    const host = await aHost();
    for (let n = 0; n < 400; n++) await host.submit(`task-of-the-old-days-${n}`);
    const older = await host.maintenance.backUp("person:ada");
    host.clock.advance(1);
    const newer = await host.maintenance.backUp("person:ada");
    await host.close();
    damage(newer.path);
    const restored = await host.restore();
    expect(restored.from).toBe(older.path);
    expect(restored.passedOver).toHaveLength(1);
    expect(restored.passedOver[0]).toContain(newer.path);
  });

  test.each([
    ["is no database", (path: string) => writeFileSync(path, "Dear diary")],
    ["is empty", (path: string) => writeFileSync(path, "")],
    ["is not there", (path: string) => rmSync(path, { force: true })],
    ["is somebody else's", (path: string) => new DatabaseSync(path).exec("CREATE TABLE theirs (id INTEGER)")],
  ])("from a file that %s changes nothing", async (_, make) => {
    const host = await aHost();
    await host.submit("kept");
    await host.close();
    const before = readFileSync(host.paths.database);
    const file = join(host.paths.home, "given.db");
    make(file);
    await expect(host.restore(file)).rejects.toMatchObject({ name: "StoreUnusable" });
    await expect(host.restore()).rejects.toMatchObject({ name: "StoreUnusable" });
    expect(readFileSync(host.paths.database)).toEqual(before);
    expect(readdirSync(host.paths.home).filter((name) => /broken|restoring/.test(name))).toEqual([]);
  });

  test("takes along what is only in the log of the file that it is given", async () => {
    const host = await aHost();
    await host.submit("folded-in");
    const left = join(directory(), "steward.db.broken");
    const reader = new DatabaseSync(host.paths.database);
    reader.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    reader.close();
    await host.submit("in-the-log");
    // As a kill -9 leaves it.
    for (const end of ["", "-wal"]) copyFileSync(`${host.paths.database}${end}`, `${left}${end}`);
    await host.close();
    rmSync(host.paths.database);
    const restored = await host.restore(left);
    expect(restored.facts).toMatchObject({ tasks: 2 });
    expect(await keysIn(host.paths.database)).toEqual(["folded-in", "in-the-log"]);
  });

  test("brings a lost store back, and what is left of its log does not come with it", async () => {
    const host = await aHost();
    await host.submit("kept");
    await host.maintenance.backUp("person:ada");
    await host.submit("lost");
    const log = readFileSync(`${host.paths.database}-wal`);
    await host.close();
    rmSync(host.paths.database);
    writeFileSync(`${host.paths.database}-wal`, log);
    expect(await host.restore()).toMatchObject({ aside: null });
    expect(await keysIn(host.paths.database)).toEqual(["kept"]);
  });
});

describe("a check", () => {
  test("of a store in which everything is right finds nothing, and counts", async () => {
    const host = await aHost();
    await host.submit("one");
    const checked = await host.maintenance.check();
    expect(checked).toMatchObject({ ok: true, problems: [], counted: { tasks: 1, runs: 0 } });
    await host.close();
  });

  test.each([
    ["UPDATE task_count SET n = 7 WHERE state = 'queued'", "task_count says 7 queued, there are 1"],
    ["DELETE FROM task_detail", "queued task 1 (one) has no prompt"],
    ["UPDATE task SET state = 'running'", "running task 1 (one) has no live run"],
    ["UPDATE task SET open_children = 2", "queued task 1 (one) counts 2 children and has 0"],
    ["UPDATE task SET state = 'scheduled'", "scheduled task 1 (one) has no time"],
    ["PRAGMA foreign_keys=OFF; UPDATE task SET retry_of = 99", "row 1 of task names a row of task that is not there"],
  ])("after `%s` says so", async (sql, told) => {
    const host = await aHost();
    await host.store.write((tx) =>
      submitTask(tx, NewTask.parse({ prompt: "one" }), "person:ada", someLimits(), { projectId: 1 }),
    );
    const intruder = new DatabaseSync(host.paths.database);
    intruder.exec(sql);
    intruder.close();
    const { ok, problems } = await host.maintenance.check();
    expect(ok).toBe(false);
    expect(problems).toContain(told);
    await host.close();
  });

  test("of a damaged file tells that and does not count", async () => {
    const host = await aHost();
    for (let n = 0; n < 400; n++) await host.submit(`task-of-the-old-days-${n}`);
    await host.close();
    damage(host.paths.database);
    expect(await checkStore({ file: host.paths.database })).toMatchObject({ ok: false, counted: null });
  });
});

/** Its middle becomes nonsense; the first pages, with the list of tables, stay. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, Math.floor(bytes.length / 2 / 4096) * 4096, bytes.length - 4096);
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}
