import { execFileSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../../test/scratch.ts";
import { maskFile } from "./mask-file.ts";

const aDirectory = scratch("mask");

test("every whole secret becomes stars of its length, also across the seams of a large file; all else stays", async () => {
  const path = join(aDirectory(), "log");
  const before = `${"a".repeat(1024 * 1024 - 3)}s3cret${"b".repeat(1024 * 1024)}s3cret`;
  writeFileSync(path, before);
  await maskFile(path, { secrets: ["s3cret"] });
  expect(readFileSync(path, "utf8")).toBe(before.replaceAll("s3cret", "******"));
});

test("a hole is not touched, and what stands before and behind it is masked", async () => {
  const path = join(aDirectory(), "log");
  writeFileSync(path, `s3cret${"\0".repeat(8192)}s3cret`);
  await maskFile(path, { secrets: ["s3cret"], hole: [6, 8198] });
  expect(readFileSync(path, "utf8")).toBe(`******${"\0".repeat(8192)}******`);
});

test("a file that is said to be endless is cut, so that it is done in time", async () => {
  const path = join(aDirectory(), "log");
  writeFileSync(path, "a s3cret");
  truncateSync(path, 2 ** 40);
  await maskFile(path, { secrets: ["s3cret"], hole: [4096, 8192], mostBytes: 10_000 });
  expect(readFileSync(path, "utf8")).toBe(`a ******${"\0".repeat(10_000 + 4096 - 8)}`);
});

test("a link is not followed, and a file that is not there is nothing to mask", async () => {
  const directory = aDirectory();
  writeFileSync(join(directory, "owners"), "s3cret");
  symlinkSync(join(directory, "owners"), join(directory, "log"));
  await maskFile(join(directory, "log"), { secrets: ["s3cret"] });
  await maskFile(join(directory, "missing"), { secrets: ["s3cret"] });
  expect(readFileSync(join(directory, "owners"), "utf8")).toBe("s3cret");
  expect(statSync(join(directory, "owners")).size).toBe(6);
});

const isRoot = process.geteuid?.() === 0;

test("a file that its agent made unreadable is masked all the same", async () => {
  const path = join(aDirectory(), "log");
  writeFileSync(path, "a s3cret", { mode: 0o000 });
  await maskFile(path, { secrets: ["s3cret"] });
  expect(readFileSync(path, "utf8")).toBe("a ******");
});

test.skipIf(!isRoot)(
  "a file that cannot be opened at all is not passed over in silence (needs root to make one)",
  async () => {
    const path = join(aDirectory(), "log");
    writeFileSync(path, "a s3cret");
    execFileSync("chattr", ["+i", path]);
    try {
      await expect(maskFile(path, { secrets: ["s3cret"] })).rejects.toThrow(/EPERM/);
    } finally {
      execFileSync("chattr", ["-i", path]);
    }
  },
);
