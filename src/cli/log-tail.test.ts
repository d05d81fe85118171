import { appendFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { followLines, lastLines, linesSince } from "./log-tail.ts";

function aLog(): string {
  const directory = mkdtempSync(join(tmpdir(), "steward-log-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "steward.log");
}

/** As the daemon's log does it: every file moves one on, and a new one is begun. */
function rotate(log: string): void {
  for (let number = 100; number >= 1; number--) {
    if (existsSync(`${log}.${number}`)) renameSync(`${log}.${number}`, `${log}.${number + 1}`);
  }
  renameSync(log, `${log}.1`);
  writeFileSync(log, "");
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

test("the last lines reach back over rotated files", () => {
  const log = aLog();
  writeFileSync(`${log}.2`, "1\n2\n");
  writeFileSync(`${log}.1`, "3\n4\n");
  writeFileSync(log, "5\n");
  expect(lastLines(log, 4).lines).toEqual(["2", "3", "4", "5"]);
  expect(lastLines(log, 1).lines).toEqual(["5"]);
  expect(lastLines(log, 0).lines).toEqual([]);
  expect(lastLines(log, 100).lines).toEqual(["1", "2", "3", "4", "5"]);
});

test("a big file is read from its end, and half a line is left for later", async () => {
  const log = aLog();
  writeFileSync(log, `${numbered(0, 50_000).join("\n")}\nhalf`);
  const { lines, place } = lastLines(log, 3);
  expect(lines).toEqual(numbered(49_997, 50_000));
  appendFileSync(log, " a line\n");
  const following = followLines(log, place);
  expect((await following.next()).value).toBe("half a line");
  await following.return(undefined);
});

test("following misses nothing and repeats nothing through many rotations", async () => {
  const log = aLog();
  writeFileSync(log, "before\n");
  const following = followLines(log, lastLines(log, 1).place);
  const seen: unknown[] = [];
  const all = numbered(0, 300);
  for (const [i, line] of all.entries()) {
    appendFileSync(log, `${line}\n`);
    if (i % 7 === 0) rotate(log);
    if (i % 5 === 0) seen.push((await following.next()).value);
  }
  while (seen.length < all.length) seen.push((await following.next()).value);
  expect(seen).toEqual(all);
  await following.return(undefined);
});

test("what is added while one waits is given at once, also to a log that did not exist", async () => {
  const log = join(aLog(), "..", "later", "steward.log");
  const following = followLines(log, undefined);
  const next = following.next();
  mkdirSync(join(log, ".."));
  writeFileSync(log, "first\n");
  expect((await next).value).toBe("first");
  const after = following.next();
  appendFileSync(log, "second\n");
  expect((await after).value).toBe("second");
  await following.return(undefined);
});

test("what came after a place is told without what was there before, also when the log is new or was rotated", () => {
  const log = aLog();
  expect(linesSince(log, undefined, 5)).toEqual([]);
  writeFileSync(log, "old\n");
  const { place } = lastLines(log, 1);
  expect(linesSince(log, place, 5)).toEqual([]);
  appendFileSync(log, "1\n2\n3\n");
  expect(linesSince(log, place, 5)).toEqual(["1", "2", "3"]);
  expect(linesSince(log, place, 2)).toEqual(["2", "3"]);
  rotate(log);
  appendFileSync(log, "4\n");
  expect(linesSince(log, place, 5)).toEqual(["4"]);
});
