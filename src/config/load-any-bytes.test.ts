import { writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FRAGMENTS, settingsFile } from "./example.fixture.ts";
import { readSettings } from "./load.ts";
import { formatProblem } from "./problem.ts";
import { MAX_SETTINGS_BYTES } from "./settings-text.ts";

/** Longest time that a hostile file of the largest size may take, in ms, on a slow machine. */
const PATIENCE_MS = 10_000;

const PIECES = [
  ..."{}[],:\"'\\/*\n\r 0-.e",
  '"host"',
  '"agents"',
  '"maxRuns"',
  '"__proto__"',
  '"runtime":"command"',
  "null",
  "true",
  "//",
  "/*",
  "*/",
  "\ufeff",
  "\\u12",
  "1e999",
];

const anyFile = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 200 }).map((pieces) => Buffer.from(pieces.join(""))),
  fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(`{"host":${text},"agents":{"a":${text}},"limits":${text}}`)),
);

test("whatever bytes a file holds, it is either read or told why not, with places inside the file", () => {
  const path = settingsFile("");
  fc.assert(
    fc.property(anyFile, (bytes) => {
      writeFileSync(path, bytes);
      const loaded = readSettings(path, FRAGMENTS);
      if (loaded.ok) return;
      expect(loaded.problems.length).toBeGreaterThan(0);
      const lines = Buffer.from(bytes)
        .toString("latin1")
        .split(/\r\n|\r|\n/).length;
      for (const problem of loaded.problems) {
        expect(problem.line).toBeLessThanOrEqual(lines);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that none of them is there is what is tested
        expect(formatProblem(problem)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  "[",
  "{",
  '{"a":',
  "[},",
  '{"a":[],',
  '"a":1,',
  '{"host":{"maxRuns":1},"host":{',
  ",",
  "/*",
  '"',
  "\\",
  "\n",
  "1 ",
  "\ufeff",
])("a file of the largest size made of %j is answered soon", (piece) => {
  const path = settingsFile(piece.repeat(Math.floor((MAX_SETTINGS_BYTES - 1) / Buffer.byteLength(piece))));
  const before = performance.now();
  expect(readSettings(path, FRAGMENTS).ok).toBe(false);
  expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
});
