/** Power that fails, and a kill in the middle of a migration: the store is a moment of its own history, whole. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { LIMIT_DEFAULTS } from "../../src/config/limits.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { migrations } from "../../src/tables.ts";
import { finishTask } from "../../src/task/need.store.ts";
import { submitTask } from "../../src/task/task.service.ts";
import { taskById } from "../../src/task/task.store.ts";
import { NewTask } from "../../src/task/task.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { faultsOf } from "../lifecycle/history.ts";
import { submit } from "../lifecycle/tasks.ts";
import { scratch } from "../scratch.ts";
import { brokenLaws } from "../stores/laws.ts";

const SOAK = process.env.STEWARD_SOAK === "1";
const CUTS = SOAK ? 300 : 60;
const KILLS = SOAK ? 60 : 6;
const TASKS = 150;
const directory = scratch("power");

test(`a write-ahead log that is cut anywhere, ${CUTS} times, leaves the first part of the history and nothing half`, async () => {
  const whole = join(directory(), "steward.db");
  const store = await openSqlite({ path: whole, migrations });
  await writeHistory(store);
  const seen = new Set<number>();
  for (let cut = 0; cut < CUTS; cut += 1) {
    const path = join(directory(), "steward.db");
    copyFileSync(whole, path);
    copyFileSync(`${whole}-wal`, `${path}-wal`);
    cutSomewhere(`${path}-wal`);
    seen.add(await expectPrefix(path));
  }
  await store.close();
  expect(seen.size).toBeGreaterThan(10);
});

test("a write-ahead log that is missing leaves what was in the file itself, whole", async () => {
  const whole = join(directory(), "steward.db");
  const store = await openSqlite({ path: whole, migrations });
  await writeHistory(store);
  const path = join(directory(), "steward.db");
  copyFileSync(whole, path);
  await store.close();
  await expectPrefix(path);
});

test("every acknowledged write is synced to the disk before its answer leaves (needs strace, and leave to trace)", async ({
  skip,
}) => {
  const tried = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]);
  if (tried.status !== 0) return skip("strace is not there or may not trace");
  await using home = aHome(shellAgent());
  const trace = join(directory(), "trace");
  const strace = ["strace", "-f", "-s", "120", "-o", trace, "-e", "trace=fsync,fdatasync,write,writev,sendto,sendmsg"];
  const daemon = await home.start({ prefix: strace, args: ["--standby"] });
  const tasks = [];
  for (let n = 0; n < 25; n += 1) tasks.push(await submit(daemon, `echo ${n}`));
  await daemon.call("daemon.stop");
  await daemon.ended;
  const lines = readFileSync(trace, "utf8").split("\n");
  const syncs = tasks.map(() => 0);
  let answers = 0;
  for (const line of lines) {
    if (/ (fsync|fdatasync)\(/.test(line) && answers < syncs.length) syncs[answers] = (syncs[answers] ?? 0) + 1;
    if (/ (write|writev|sendto|sendmsg)\(/.test(line) && line.includes('\\"taskId\\":\\"task-')) answers += 1;
  }
  expect(answers).toBe(tasks.length);
  expect(syncs.filter((count) => count === 0)).toEqual([]);
});

test(`killed ${KILLS} times in the middle of a migration, the store is as it was or as it is to be, and never half`, async () => {
  const made = { old: 0, next: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const path = join(directory(), "steward.db");
    const store = await openSqlite({ path, migrations });
    await writeHistory(store, 20);
    await store.close();
    await migrateAndDie(path, (500 * kill) / KILLS);
    const db = new DatabaseSync(path);
    const applied = db.prepare("SELECT count(*) AS n FROM schema_migration WHERE name = 'later/1'").get()?.n;
    const table = db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('later', 'later_text')").get()?.n;
    const column = db.prepare("SELECT count(*) AS n FROM pragma_table_info('task') WHERE name = 'later'").get()?.n;
    expect([table, column]).toEqual(applied === 1 ? [2, 1] : [0, 0]);
    made[applied === 1 ? "next" : "old"] += 1;
    db.close();
    expect(faultsOf(path)).toEqual([]);
    // The one who is asked to open what a newer one made says so; otherwise it is as good as before.
    const opened = openSqlite({ path, migrations });
    if (applied === 1) await expect(opened).rejects.toThrow(/newer Steward/);
    else await (await opened).close();
  }
  expect(made.old).toBeGreaterThan(0);
}, 300_000);

/** Each submit and each end a commit of its own: task n is cancelled when it can be divided by three. */
async function writeHistory(store: Store, count = TASKS): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const task = NewTask.parse({ prompt: `Do ${n}`, key: `key-${n}` });
    await store.write((tx) => submitTask(tx, task, "person:ada", LIMIT_DEFAULTS, { projectId: 1 }));
    if (n % 3 !== 0) continue;
    await store.write(async (tx) => {
      const row = await taskById(tx, n + 1);
      if (row) await finishTask(tx, row, { to: "cancelled", actor: "person:ada" });
    });
  }
}

/** What a disk may do to what was not synced: shorter, and its last KB never written. */
function cutSomewhere(log: string): void {
  const size = Math.floor(Math.random() * statSync(log).size);
  truncateSync(log, size);
  const bytes = readFileSync(log);
  bytes.fill(0, Math.max(0, bytes.length - 1024));
  writeFileSync(log, bytes);
}

/** Gives how many tasks it has: the first ones, without a gap. */
async function expectPrefix(path: string): Promise<number> {
  const store = await openSqlite({ path, migrations });
  try {
    const rows = await store.read.all<{ key: string }>("SELECT key FROM task ORDER BY id");
    expect(rows.map(({ key }) => key)).toEqual(rows.map((_, n) => `key-${n}`));
    expect(await brokenLaws(store, { maxRuns: 1, wipLimits: {}, now: Date.now() })).toEqual([]);
    return rows.length;
  } finally {
    await store.close();
    expect(faultsOf(path)).toEqual([]);
  }
}

async function migrateAndDie(path: string, afterMs: number): Promise<void> {
  const program = join(import.meta.dirname, "../fixtures/programs/migrates.ts");
  const child = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  setTimeout(() => child.kill("SIGKILL"), afterMs);
  await ended;
}
