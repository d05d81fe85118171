import * as fc from "fast-check";
import { expect, test } from "vitest";
import { asInJson, maskSecrets } from "./mask.ts";

const masked = (text: string, secrets: string[], seams?: { before: boolean; after: boolean }) =>
  maskSecrets(Buffer.from(text), secrets, seams).toString();

test("known values become stars of the same length, in bytes", () => {
  expect(masked("key=s3cret; s3cret", ["s3cret"])).toBe("key=******; ******");
  expect(masked("a geheimnüs b", ["geheimnüs"])).toBe("a ********** b");
});

test("secrets that overlap, themselves or each other, leave nothing over", () => {
  expect(masked("xababay", ["aba"])).toBe("x*****y");
  expect(masked("1password2", ["password", "word2"])).toBe("1*********");
});

test.each([
  ["Python", '"p\\u00e4ss<\\ud83d\\ude00/\\"x\\""'],
  ["Go", '"p\u00e4ss\\u003c\ud83d\ude00/\\"x\\""'],
  ["PHP", '"p\\u00e4ss<\\ud83d\\ude00\\/\\"x\\""'],
  ["JavaScript, twice", JSON.stringify(JSON.stringify('p\u00e4ss<\ud83d\ude00/"x"')).slice(2, -2)],
])("a secret is hidden as %s writes it as JSON", (_, written) => {
  expect(masked(`[${written}]`, asInJson(['p\u00e4ss<\ud83d\ude00/"x"']))).not.toContain("ss");
});

test("no secret and an empty secret hide nothing", () => {
  expect(masked("text", [])).toBe("text");
  expect(masked("text", [""])).toBe("text");
});

test("at a seam that cannot be looked past, what may be part of a secret is hidden", () => {
  expect(masked("cret-1 and secre", ["secret-1"], { before: true, after: true })).toBe("****** and *****");
  expect(masked("cret-1 and secre", ["secret-1"])).toBe("cret-1 and secre");
});

test("nothing but secrets is changed, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (before, after) => {
      const secret = "\u0001secret\u0002";
      const whole = Buffer.concat([before, Buffer.from(secret), after]);
      const stars = Buffer.concat([before, Buffer.from("*".repeat(8)), after]);
      expect(maskSecrets(whole, [secret]).equals(stars)).toBe(true);
    }),
  );
});
