import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { scratch } from "../../test/scratch.ts";
import { CUT_MARKER, cutToBytes, MIN_LOG_FILE_BYTES, openLogFile } from "./log-file.ts";

const CLOCK = { now: () => Date.UTC(2030, 0, 2) };

const aDirectory = scratch("log");

function aPath(): string {
  return join(aDirectory(), "steward.log");
}

function contents(path: string): string[] {
  const names = readdirSync(dirname(path)).sort((a, b) => Number(a.split(".")[2] ?? 0) - Number(b.split(".")[2] ?? 0));
  return names.map((name) => readFileSync(join(dirname(path), name), "utf8"));
}

/** What the files must hold, newest first: lines fill a file until the next one would not fit. */
function expectedFiles(lines: readonly string[], { maxBytes, files }: { maxBytes: number; files: number }): string[] {
  const all = [""];
  for (const line of lines) {
    const current = all[0] ?? "";
    if (current !== "" && Buffer.byteLength(current) + Buffer.byteLength(line) + 1 > maxBytes) all.unshift("");
    all[0] += `${line}\n`;
  }
  return all.slice(0, files);
}

const anyLine = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replaceAll("\n", " "));

test("thousands of lines fill each file to the last line that fits, and there are never more files than asked for", () => {
  fc.assert(
    fc.property(
      fc.array(anyLine, { minLength: 500, maxLength: 2_000, size: "max" }),
      fc.record({ maxBytes: fc.integer({ min: 1_000, max: 20_000 }), files: fc.integer({ min: 1, max: 6 }) }),
      (lines, limits) => {
        const path = aPath();
        const log = openLogFile({ path, ...limits });
        for (const line of lines) log.write(line);
        log.close();
        expect(contents(path)).toEqual(expectedFiles(lines, limits));
        for (const content of contents(path)) expect(Buffer.byteLength(content)).toBeLessThanOrEqual(limits.maxBytes);
        expect(log.dropped()).toBe(0);
        rmSync(dirname(path), { recursive: true });
      },
    ),
    { numRuns: 20 },
  );
});

test("a file is filled to the last byte", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 300, files: 2 });
  for (const name of ["a", "b", "c", "d"]) log.write(name.repeat(99));
  expect(contents(path).map((content) => content.length)).toEqual([100, 300]);
});

test("a line that is too long by itself has a file of its own, cut at a whole character and saying so", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 300, files: 3 });
  log.write("before");
  log.write("€".repeat(200));
  log.write("after");
  const [after, cut, before] = contents(path);
  expect([after, before]).toEqual(["after\n", "before\n"]);
  expect(cut).toMatch(/^€+ …\[cut]\n$/);
  expect(Buffer.byteLength(cut ?? "")).toBeGreaterThan(300 - 3);
  expect(Buffer.byteLength(cut ?? "")).toBeLessThanOrEqual(300);
  expect(CUT_MARKER).toBe(" …[cut]");
});

test("an opened log goes on in the file that is there, counts what it holds and removes files beyond the number", () => {
  const path = aPath();
  for (const [name, size] of [
    ["", 250],
    [".1", 9],
    [".2", 9],
    [".3", 9],
    [".12", 9],
    [".old", 9],
  ] as const) {
    writeFileSync(path + name, "x".repeat(size));
  }
  mkdirSync(`${path}.7`);
  openLogFile({ path, maxBytes: 300, files: 3 }).write("y".repeat(60));
  expect(readdirSync(dirname(path)).sort()).toEqual([
    "steward.log",
    "steward.log.1",
    "steward.log.2",
    "steward.log.7",
    "steward.log.old",
  ]);
  expect(statSync(path).size).toBe(61);
  expect(statSync(`${path}.1`).size).toBe(250);
});

test("only its owner may read it, also when somebody else made the file", () => {
  const path = aPath();
  writeFileSync(path, "", { mode: 0o644 });
  const log = openLogFile({ path, maxBytes: 256, files: 2 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (let n = 0; n < 9; n += 1) log.write("x".repeat(99));
  for (const name of [path, `${path}.1`]) expect(statSync(name).mode & 0o777).toBe(0o600);
});

test("a file that was renamed, removed, emptied or replaced by somebody costs no line", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 1_000, files: 3 });
  log.write("one");
  renameSync(path, `${path}.elsewhere`);
  log.write("two");
  expect(readFileSync(`${path}.elsewhere`, "utf8")).toBe("one\n");
  expect(readFileSync(path, "utf8")).toBe("two\n");
  rmSync(path);
  log.write("three");
  expect(readFileSync(path, "utf8")).toBe("three\n");
  truncateSync(path);
  log.write("four");
  expect(readFileSync(path, "utf8")).toBe("four\n");
  renameSync(path, `${path}.again`);
  writeFileSync(path, "another's\n");
  log.write("five");
  expect(readFileSync(path, "utf8")).toBe("another's\nfive\n");
  expect(log.dropped()).toBe(0);
});

test("what another writes into the same file counts towards its size", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 300, files: 2 });
  log.write("mine");
  writeFileSync(path, "z".repeat(290), { flag: "a" });
  log.write("mine again");
  expect(contents(path).map((content) => content.length)).toEqual([11, 295]);
});

test.runIf(existsSync("/dev/full"))(
  "on a full disk nothing is thrown, and later a line says how many were lost",
  () => {
    const path = aPath();
    symlinkSync("/dev/full", path);
    const log = openLogFile({ path, maxBytes: 1_000, files: 2, clock: CLOCK });
    for (const line of ["lost one", "lost two", "lost three"]) log.write(line);
    expect(log.dropped()).toBe(3);
    rmSync(path);
    log.write("found");
    log.write("and on");
    expect(readFileSync(path, "utf8").split("\n")).toEqual([
      '{"level":"error","time":"2030-01-02T00:00:00.000Z","msg":"log lines were lost","lines":3,"reason":"ENOSPC"}',
      "found",
      "and on",
      "",
    ]);
    expect(log.dropped()).toBe(3);
  },
);

test("a directory that vanishes loses lines, and they are told of when it is there again", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 1_000, files: 2, clock: CLOCK });
  rmSync(dirname(path), { recursive: true });
  log.write("lost");
  mkdirSync(dirname(path));
  log.write("found");
  expect(readFileSync(path, "utf8")).toMatch(/"lines":1,"reason":"ENOENT"}\nfound\n$/);
});

test("a file that cannot be rotated does not grow, and loses lines that are counted", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 256, files: 2, clock: CLOCK });
  mkdirSync(join(`${path}.1`, "in the way"), { recursive: true });
  for (let n = 0; n < 5; n += 1) log.write("x".repeat(99));
  expect(statSync(path).size).toBe(200);
  expect(log.dropped()).toBe(3);
  rmSync(`${path}.1`, { recursive: true });
  log.write("found");
  expect(readFileSync(path, "utf8")).toMatch(/"lines":3,"reason":"(ENOTEMPTY|EISDIR|EEXIST)"}\nfound\n$/);
});

/** A disk that takes half a line: a process whose files may have 4 KiB, the unit of `ulimit -f` being 512 bytes or 1 KiB. */
test("a line that fits only in part is taken back, so that the file holds whole lines", () => {
  const path = aPath();
  const program = `
    import { openLogFile } from ${JSON.stringify(new URL("./log-file.ts", import.meta.url).href)};
    const log = openLogFile({ path: process.argv[1], maxBytes: 1e6, files: 2 });
    for (let n = 0; n < 100; n += 1) log.write("x".repeat(299));
    console.log(log.dropped());`;
  const { stdout, status } = spawnSync(
    "sh",
    ["-c", 'ulimit -f 8 && exec "$@"', "sh", process.execPath, "--input-type=module", "-e", program, path],
    { encoding: "utf8" },
  );
  expect(status).toBe(0);
  const written = readFileSync(path, "utf8");
  expect(written).toMatch(/^(x{299}\n)+$/);
  expect(written.length / 300 + Number(stdout)).toBe(100);
  expect(Number(stdout)).toBeGreaterThan(50);
});

test("what is written after the end is counted and thrown away", () => {
  const path = aPath();
  const log = openLogFile({ path, maxBytes: 256, files: 1 });
  log.write("one");
  log.close();
  log.close();
  log.write("two");
  expect(log.dropped()).toBe(1);
  expect(readFileSync(path, "utf8")).toBe("one\n");
});

test("a log that cannot be opened says so at once", () => {
  const path = aPath();
  mkdirSync(path);
  expect(() => openLogFile({ path, maxBytes: 256, files: 1 })).toThrow("EISDIR");
  expect(() => openLogFile({ path: aPath(), maxBytes: MIN_LOG_FILE_BYTES - 1, files: 1 })).toThrow(RangeError);
  expect(() => openLogFile({ path: aPath(), maxBytes: Number.NaN, files: 1 })).toThrow(RangeError);
  expect(() => openLogFile({ path: aPath(), maxBytes: 256, files: 0 })).toThrow(RangeError);
});

test("text is cut to bytes at a whole character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, bytes) => {
      const cut = cutToBytes(text, bytes);
      expect(text.startsWith(cut)).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
      const next = [...text.slice(cut.length)][0] ?? "";
      if (next !== "") expect(Buffer.byteLength(cut + next)).toBeGreaterThan(bytes);
    }),
  );
});
