/** A store that is lost, damaged or not ours: the daemon says so and keeps away from it, and a backup is one command away. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { done, look, submit } from "../lifecycle/tasks.ts";

/** A home whose daemon did one task, made a backup and stopped. */
async function aBackedUpHome(): Promise<Home> {
  const home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo kept", { key: "kept" });
  await daemon.call("store.backup");
  await submit(daemon, "echo lost", { key: "lost", notBefore: "2100-01-01T00:00:00Z" });
  await daemon.kill("SIGTERM");
  await daemon.ended;
  return home;
}

const WAYS: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ["damaged", (path) => overwrite(path, 4096), /cannot be read/],
  ["empty", (path) => writeFileSync(path, ""), /is empty/],
  ["no database", (path) => writeFileSync(path, "Dear diary,\n".repeat(1_000)), /cannot be read/],
  ["somebody else's", foreign, /is not a store of Steward/],
  ["a newer Steward's", (path) => inside(path, "INSERT INTO schema_migration VALUES ('future/1', 0)"), /newer Steward/],
  [
    "half migrated",
    (path) => inside(path, "DELETE FROM schema_migration WHERE name = 'run/1'"),
    /could not be brought/,
  ],
];

test.each(WAYS)("one that is %s is refused with exit 8, left as it is, and restored", async (_, ruin, told) => {
  await using home = await aBackedUpHome();
  ruin(home.paths.database);
  const ruined = readFileSync(home.paths.database);
  const refused = await steward(home, "start");
  expect(refused).toMatchObject({ code: 8, err: expect.stringMatching(told) });
  expect(refused.err).toMatch(/hint: .*backup/);
  expect(readFileSync(home.paths.database)).toEqual(ruined);
  const restored = await steward(home, "store", "restore");
  expect(restored, restored.err).toMatchObject({ code: 0 });
  expect(restored.out).toMatch(/What happened after .* is lost/);
  const aside = readdirSync(home.path).find((name) => /^steward\.db\.broken-.*Z$/.test(name));
  expect(readFileSync(`${home.path}/${aside}`)).toEqual(ruined);
  const daemon = await home.start();
  expect(await look(daemon, "task-1")).toMatchObject({ state: "completed", result: { value: "kept\n" } });
  await expect(daemon.call("task.get", { taskId: "lost" })).rejects.toMatchObject({ code: "not_found" });
  expect(await daemon.call("store.check")).toMatchObject({ ok: true });
});

test.each(WAYS.slice(0, 5))("one that is %s is a problem to the doctor, who leaves it as it is", async (_, ruin) => {
  await using home = await aBackedUpHome();
  ruin(home.paths.database);
  const ruined = readFileSync(home.paths.database);
  const { code, out } = await steward(home, "doctor", "--json");
  const { findings } = JSON.parse(out) as { findings: { subject: string; level: string; toDo?: string }[] };
  expect(code).toBe(1);
  expect(findings).toContainEqual(
    expect.objectContaining({ subject: "store", level: "problem", toDo: expect.anything() }),
  );
  expect(readFileSync(home.paths.database)).toEqual(ruined);
});

test("one that has vanished while there are backups is called lost before anybody begins an empty one", async () => {
  await using home = await aBackedUpHome();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${home.paths.database}${end}`, { force: true });
  const { code, out } = await steward(home, "doctor");
  expect(code).toBe(1);
  expect(out).toContain("it has been lost");
  expect(await steward(home, "store", "restore")).toMatchObject({ code: 0 });
  expect(await look(await home.start(), "task-1")).toMatchObject({ state: "completed" });
});

test("after kill -9 nothing is lost by putting the store back that was set aside, or the one that is there", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const later = { notBefore: "2100-01-01T00:00:00Z" };
  for (const key of ["t1", "t2"]) await submit(daemon, "echo on", { key, ...later });
  await daemon.call("store.backup");
  for (const key of ["t3", "t4", "t5"]) await submit(daemon, "echo on", { key, ...later });
  await daemon.kill("SIGKILL");
  const again = await steward(home, "store", "restore", home.paths.database, "--json");
  expect(JSON.parse(again.out)).toMatchObject({ tasks: 5 });
  const { tasks, aside } = JSON.parse((await steward(home, "store", "restore", "--json")).out);
  expect(tasks).toBe(2);
  const back = await steward(home, "store", "restore", aside, "--json");
  expect(JSON.parse(back.out)).toMatchObject({ tasks: 5 });
  const next = await home.start();
  for (const key of ["t1", "t2", "t3", "t4", "t5"]) await next.call("task.get", { taskId: key });
});

test("what a restore left that was killed is gone after the next start", async () => {
  await using home = aHome(shellAgent());
  const left = ["", "-wal", "-shm", "-journal"].map((end) => `${home.paths.database}.restoring${end}`);
  for (const path of left) writeFileSync(path, "half of a store");
  await home.start();
  expect(left.filter((path) => existsSync(path))).toEqual([]);
});

test("a restore keeps away from a home whose daemon runs, and from one without a backup", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  expect(await steward(home, "store", "restore")).toMatchObject({
    code: 5,
    err: expect.stringContaining(`${daemon.pid}`),
  });
  await daemon.kill("SIGTERM");
  await daemon.ended;
  const before = readFileSync(home.paths.database);
  expect(await steward(home, "store", "restore")).toMatchObject({ code: 8, err: expect.stringContaining("no backup") });
  expect(readFileSync(home.paths.database)).toEqual(before);
});

test("one that is damaged while the daemon runs is `unavailable` to who asks, and told in status and by the doctor", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  for (let n = 0; n < 60; n++) await submit(daemon, "x".repeat(10_000), { notBefore: "2100-01-01T00:00:00Z" });
  await daemon.kill("SIGTERM");
  await daemon.ended;
  const { rootpage } = pageOf(home.paths.database, "task_detail");
  overwrite(home.paths.database, (rootpage - 1) * 4096, rootpage * 4096);
  const next = await home.start();
  await expect(next.call("task.get", { taskId: "task-1" })).rejects.toMatchObject({ code: "unavailable" });
  const { problems } = await next.call<{ problems: string[] }>("daemon.status");
  expect(problems.join()).toMatch(/The store is damaged .*`steward store restore`/);
  expect(await steward(home, "doctor")).toMatchObject({
    code: 1,
    out: expect.stringContaining("The store is damaged"),
  });
  expect(await next.call("store.check")).toMatchObject({ ok: false, counted: null });
});

test("output whose directory is no longer kept is refused plainly, and the result is still there", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const task = await done(daemon, "echo said");
  rmSync(`${home.paths.runs}/run-1`, { recursive: true });
  await expect(daemon.call("run.output", { runId: "run-1" })).rejects.toMatchObject({
    code: "not_found",
    message: expect.stringContaining("no longer kept"),
    hint: expect.stringContaining("14 days"),
  });
  expect(await look(daemon, task.taskId)).toMatchObject({ result: { value: "said\n" } });
});

function overwrite(path: string, from: number, to?: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, from, to);
  writeFileSync(path, bytes);
}

function foreign(path: string): void {
  rmSync(path);
  inside(path, "CREATE TABLE theirs (id INTEGER)");
}

function inside(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function pageOf(path: string, table: string): { rootpage: number } {
  const db = new DatabaseSync(path);
  const row = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = ?").get(table);
  db.close();
  return { rootpage: Number(row?.rootpage) };
}
