/** A store that is damaged, emptied, foreign or newer: said to be so, left as it is, and never taken for a first start. */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { done } from "../lifecycle/tasks.ts";

const PAGE_BYTES = 4096;

function inside(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function overwrite(path: string, from: number, to: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, from, to);
  writeFileSync(path, bytes);
}

test.each<[string, (path: string) => void]>([
  ["its header overwritten", (path) => overwrite(path, 0, 100)],
  ["nothing in it", (path) => truncateSync(path, 0)],
  ["the mark of another program", (path) => inside(path, "PRAGMA application_id = 17")],
  ["a migration of a newer Steward", (path) => inside(path, "INSERT INTO schema_migration VALUES ('task/99', 0)")],
  ["half of a migration", (path) => inside(path, "DELETE FROM schema_migration WHERE name = 'run/1'")],
])("with %s no daemon starts on it; it is said why, what to do, and nothing is changed", async (_, damage) => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  await done(first, "echo on");
  await first.kill("SIGTERM");
  await first.ended;
  damage(home.paths.database);
  const before = readFileSync(home.paths.database);
  const next = await home.launch();
  expect(await next.ended).toMatchObject({ code: 8 });
  expect(next.complaints()).toContain("hint:");
  expect(readFileSync(home.paths.database).equals(before)).toBe(true);
});

test.each<[string, (path: string) => void]>([
  ["pages in the middle overwritten", (path) => overwrite(path, 4 * PAGE_BYTES, 30 * PAGE_BYTES)],
  ["half of the file cut off", (path) => truncateSync(path, 12 * PAGE_BYTES)],
])("with %s a daemon refuses to start or to answer, and never answers that there is nothing", async (_, damage) => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  for (let n = 0; n < 5; n += 1) await done(first, "echo on");
  await first.kill("SIGTERM");
  await first.ended;
  damage(home.paths.database);
  const next = await home.launch();
  if (next.report?.ready === true) {
    await expect(next.call("task.list")).rejects.toMatchObject({ code: "unavailable" });
    await next.kill("SIGKILL");
  } else {
    expect(await next.ended).toMatchObject({ code: 8 });
    expect(next.complaints()).toContain("hint:");
  }
});
