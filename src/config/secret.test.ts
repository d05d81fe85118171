import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../test/scratch.ts";
import {
  MAX_SECRET_BYTES,
  resolveSecret,
  SecretProblem,
  SecretRef,
  type SecretSource,
  systemSecrets,
  Value,
} from "./secret.ts";

const directory = scratch("secret")();

function file(name: string, content: string | Uint8Array): SecretRef {
  writeFileSync(join(directory, name), content);
  return { file: name };
}

function from(env: SecretSource["env"]): SecretSource {
  return { ...systemSecrets(directory), env };
}

test("a secret is read from the environment as it is there", () => {
  expect(resolveSecret({ env: "KEY" }, from({ KEY: " s3cret\n" }))).toBe(" s3cret\n");
});

test.each([
  ["s3cret", "s3cret"],
  ["s3cret\n", "s3cret"],
  ["s3cret\r\n", "s3cret"],
  ["two\nlines\n\n", "two\nlines\n"],
  ["ü\n", "ü"],
])("a file that holds %j holds the secret %j", (content, secret) => {
  expect(resolveSecret(file("plain", content), systemSecrets(directory))).toBe(secret);
});

test("a file is found from the settings file's directory, or by its whole path", () => {
  file("here", "near");
  expect(resolveSecret({ file: "./here" }, systemSecrets(directory))).toBe("near");
  expect(resolveSecret({ file: join(directory, "here") }, systemSecrets(tmpdir()))).toBe("near");
});

test("a secret may be as large as the limit says, and not a byte larger", () => {
  const largest = "x".repeat(MAX_SECRET_BYTES);
  expect(resolveSecret(file("large", largest), systemSecrets(directory))).toHaveLength(MAX_SECRET_BYTES);
  expect(() => resolveSecret(file("larger", `${largest}x`), systemSecrets(directory))).toThrow(
    "is larger than 65536 bytes",
  );
  expect(() => resolveSecret({ env: "K" }, from({ K: `${largest}x` }))).toThrow("is larger than 65536 bytes");
});

test("what cannot be resolved names the reference and never what was found", () => {
  mkdirSync(join(directory, "folder"));
  const cases: [SecretRef, string][] = [
    [{ env: "MISSING" }, "The secret { env MISSING } is not set."],
    [{ env: "constructor" }, "The secret { env constructor } is not set."],
    [{ env: "EMPTY" }, "The secret { env EMPTY } is empty."],
    [{ file: "gone" }, "The secret { file gone } cannot be read (ENOENT)."],
    [{ file: "folder" }, "The secret { file folder } is a directory."],
    [file("empty", "\n"), "The secret { file empty } is empty."],
    [file("binary", Buffer.of(0x73, 0xff)), "The secret { file binary } is not UTF-8 text."],
    [file("nul", "s3c\0ret"), "The secret { file nul } holds a NUL byte."],
  ];
  for (const [ref, message] of cases) {
    expect(() => resolveSecret(ref, from({ EMPTY: "" }))).toThrow(SecretProblem);
    expect(() => resolveSecret(ref, from({ EMPTY: "" }))).toThrow(message);
  }
});

test.each([
  {},
  { env: "" },
  { env: "A B" },
  { env: "A=B" },
  { env: 1 },
  { file: "" },
  { file: "a\0b" },
  { env: "A", file: "b" },
  { env: "A", more: 1 },
])("%j is no reference", (ref) => {
  expect(SecretRef.safeParse(ref).success).toBe(false);
  expect(Value.safeParse(ref).success).toBe(false);
});

test("a value is a text or a reference", () => {
  for (const value of ["", "plain", { env: "A_1" }, { file: "/run/secrets/key" }])
    expect(Value.parse(value)).toEqual(value);
  for (const wrong of [1, null, true, []]) expect(Value.safeParse(wrong).success).toBe(false);
});
