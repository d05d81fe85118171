import { expect, test } from "vitest";
import { lineNoting } from "./line-noting.ts";

test.each<[string | Buffer, boolean]>([
  ["a word", true],
  ["a line\n", false],
  [Buffer.from("a word"), true],
  [Buffer.from("a line\n"), false],
])("after %j the line is open: %s; nothing written changes nothing, and it can be ended elsewhere", async (text, isOpen) => {
  const written: (string | Buffer)[] = [];
  const noting = lineNoting({ isTerminal: true, write: async (more) => void written.push(more) });
  expect(noting.isOpen).toBe(false);
  await noting.write(text);
  await noting.write("");
  expect(noting.isOpen).toBe(isOpen);
  expect(written).toEqual([text, ""]);
  noting.endLine();
  expect(noting.isOpen).toBe(false);
});
