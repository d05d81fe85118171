import fc from "fast-check";
import { expect, test } from "vitest";
import { lineSplitter } from "./lines.ts";

const LIMIT_BYTES = 64;

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, i) => bytes.subarray(places[i - 1] ?? 0, end));
}

function linesOf(chunks: readonly Buffer[]): string[] {
  const splitter = lineSplitter(LIMIT_BYTES);
  const lines: string[] = [];
  for (const chunk of chunks) {
    splitter.feed(Buffer.from(chunk));
    for (let line = splitter.next(); line; line = splitter.next()) {
      if (line === "too long") return [...lines, line];
      lines.push(line.toString("latin1"));
    }
  }
  return lines;
}

test("lines come out the same however the bytes are chunked", () => {
  const line = fc
    .uint8Array({ maxLength: LIMIT_BYTES })
    .map((bytes) => Buffer.from(bytes.map((b) => (b === 10 ? 0 : b))));
  fc.assert(
    fc.property(fc.array(line), line, fc.array(fc.nat()), (lines, unfinished, places) => {
      const bytes = Buffer.concat([...lines.flatMap((l) => [l, Buffer.from("\n")]), unfinished]);
      expect(linesOf(cut(bytes, places))).toEqual(lines.map((l) => l.toString("latin1")));
    }),
  );
});

test("a line of exactly the limit passes and one byte more does not, finished or not", () => {
  const full = "x".repeat(LIMIT_BYTES);
  expect(linesOf([Buffer.from(`${full}\n`)])).toEqual([full]);
  expect(linesOf([Buffer.from(full)])).toEqual([]);
  expect(linesOf([Buffer.from(`${full}x\n`)])).toEqual(["too long"]);
  expect(linesOf([Buffer.from(`a\n${full}`), Buffer.from("x")])).toEqual(["a", "too long"]);
});

test("a chunk as it came is never written to", () => {
  const splitter = lineSplitter(LIMIT_BYTES);
  const arena = Buffer.from("ab----");
  splitter.feed(arena.subarray(0, 2));
  splitter.next();
  splitter.feed(Buffer.from("cd\n"));
  expect(splitter.next()?.toString()).toBe("abcd");
  expect(arena.toString()).toBe("ab----");
});

test("eight megabytes in single bytes take linear time and bounded memory", () => {
  const splitter = lineSplitter(8 * 1024 * 1024);
  const byte = Buffer.from("x");
  for (let i = 0; i < 8 * 1024 * 1024; i++) {
    splitter.feed(byte);
    splitter.next();
  }
  expect(splitter.waiting()).toBe(8 * 1024 * 1024);
}, 10_000);
