import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quote } from "./launch-file.ts";

/** Every character but NUL, and often those that shells make something of (dash marks quoting with bytes 0x81 to 0x88). */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;~#%= \t\r\n-", "\u0101", "\u0108", "\u2042", "😀", "\x7f", "\x01"),
      fc.string({ unit: "binary", maxLength: 4 }).map((text) => text.replaceAll("\0", "")),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join("").toWellFormed());

describe.each(["/bin/sh", "/bin/bash"].filter((shell) => existsSync(shell)))("through %s", (shell) => {
  test("whatever is quoted comes out as it went in, as arguments and in the environment", () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 20 }), anyText, (words, value) => {
        const script = `export VALUE=${quote(value)}
set -- ${words.map(quote).join(" ")}
printf '%s\\0' "$@" "$VALUE"`;
        const { stdout } = spawnSync(shell, { input: script });
        expect(stdout.toString().split("\0").slice(0, -1)).toEqual([...words, value]);
      }),
      { numRuns: 300 },
    );
  });
});
