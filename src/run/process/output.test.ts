import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readOutput, tailText } from "./output.ts";
import { punch } from "./watch-output.ts";

const home = mkdtempSync(join(tmpdir(), "steward-output-"));
afterAll(() => rmSync(home, { recursive: true }));

function aFile(name: string, content: string | Uint8Array): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

test("a file is read piece by piece, any bytes, up to its end", async () => {
  const content = Buffer.from(Array.from({ length: 1_000 }, (_, at) => (at * 7) % 256));
  const path = aFile("bytes", content);
  const pieces: Buffer[] = [];
  let from = 0;
  for (;;) {
    const piece = await readOutput(path, { from, limit: 99 });
    if (piece.bytes.length === 0) break;
    expect(piece).toMatchObject({ from, skipped: 0, next: from + piece.bytes.length });
    pieces.push(piece.bytes);
    from = piece.next;
  }
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
});

test("a file that is not there yet, and what lies behind the end, is empty and can be read on from", async () => {
  expect(await readOutput(join(home, "none"), { from: 5, limit: 9 })).toMatchObject({ from: 5, next: 5, skipped: 0 });
  const path = aFile("short", "abc");
  expect((await readOutput(path, { from: 10, limit: 9 })).next).toBe(10);
  expect((await readOutput(path, { from: 2, limit: 9 })).bytes.toString()).toBe("c");
});

test("a hole is skipped and told in bytes; offsets before and behind it stay what they were", async () => {
  const path = aFile(
    "holed",
    Buffer.concat([Buffer.alloc(8_192, "a"), Buffer.alloc(8_192, "b"), Buffer.alloc(100, "c")]),
  );
  expect(await punch(path, 8_192, 16_384)).toBe(true);
  expect(statSync(path).size).toBe(16_484);
  const hole = { punchedFrom: 8_192, punchedTo: 16_384 };
  const head = await readOutput(path, { from: 8_000, limit: 1_000, ...hole });
  expect([head.bytes.toString(), head.next]).toEqual(["a".repeat(192), 8_192]);
  const tail = await readOutput(path, { from: head.next, limit: 1_000, ...hole });
  expect(tail).toMatchObject({ from: 16_384, skipped: 8_192, next: 16_484 });
  expect(tail.bytes.toString()).toBe("c".repeat(100));
  const inside = await readOutput(path, { from: 10_000, limit: 50, ...hole });
  expect(inside).toMatchObject({ from: 16_384, skipped: 6_384, next: 16_434 });
});

test("however a file is cut into pieces, no piece shows a part of a secret", async () => {
  const secret = "hunter2-hunter2";
  const text = `${secret} a ${secret}${secret} b hunter2-hunt ${secret}`;
  const path = aFile("secrets", text);
  const whole = text.replaceAll(secret, "*".repeat(secret.length));
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length), fc.integer({ min: 1, max: 40 }), async (from, limit) => {
      const { bytes } = await readOutput(path, { from, limit, mask: [secret] });
      expect(bytes.toString()).toBe(whole.slice(from, from + limit));
    }),
  );
});

test("a secret that is being written, or of which a hole left a part, is not shown in part", async () => {
  const growing = aFile("growing", "the key is hunter2-hun");
  const first = await readOutput(growing, { from: 0, limit: 100, mask: ["hunter2-hunter2"] });
  expect(first.bytes.toString()).toBe("the key is ***********");
  aFile("growing", "the key is hunter2-hunter2.");
  const rest = await readOutput(growing, { from: first.next, limit: 100, mask: ["hunter2-hunter2"] });
  expect(rest.bytes.toString()).toBe("****.");
  const hole = { punchedFrom: 8, punchedTo: 16 };
  const path = aFile("cut", "xxsecret-secretyy-zzz-zz");
  const head = await readOutput(path, { from: 0, limit: 100, ...hole, mask: ["secret-secretyy-zz"] });
  expect(head.bytes.toString()).toBe("xx******");
  const tail = await readOutput(path, { from: 8, limit: 100, ...hole, mask: ["secret-secretyy-zz"] });
  expect(tail.bytes.toString()).toBe("****z-zz");
});

test.each([
  ["whole text", "a€b", 100, "a€b"],
  ["a cut in the middle of a character", "a€b", 3, "b"],
  ["half a character at the end", Buffer.from([0x61, 0xe2, 0x82]), 100, "a\uFFFD"],
  ["NUL and bytes that are no text", Buffer.from([0x00, 0xff, 0x62]), 100, "\uFFFD\uFFFDb"],
  ["a file that begins with half a character", Buffer.from([0x82, 0x62]), 100, "\uFFFDb"],
  ["an emoji cut after its first byte", "😀x", 4, "x"],
])("the tail as text: %s", async (name, content, limit, expected) => {
  expect(await tailText(aFile(`tail ${name}`, content), limit)).toBe(expected);
});

test("a tail holds no secret and nothing of a hole", async () => {
  const path = aFile("tail", `${"x".repeat(50)}HOLE my secret`);
  expect(await tailText(path, 9, { mask: ["secret"] })).toBe("my ******");
  expect(await tailText(path, 40, { punchedFrom: 10, punchedTo: 54 })).toBe(" my secret");
  expect(await tailText(join(home, "none"), 10)).toBe("");
});
