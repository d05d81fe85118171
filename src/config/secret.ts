/** Secrets by reference: the settings file says where one is found, and only its user ever reads it. */
import { isUtf8 } from "node:buffer";
import { resolve } from "node:path";
import * as z from "zod";
import { readBoundedFile, readFailure } from "./bounded-file.ts";
import { expected } from "./wrong-values.ts";

/** Longest secret, in bytes. */
export const MAX_SECRET_BYTES = 64 * 1024;

const EnvRef = z.strictObject({
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, "must be the name of an environment variable")
    .describe("Name of the environment variable that holds the secret."),
});
const FileRef = z.strictObject({
  file: z
    .string()
    .regex(/^[^\0]{1,4096}$/, "must be the path of a file")
    .describe("Path of the file that holds the secret; relative to the settings file. A trailing newline is left out."),
});

const REFERENCE = '{ "env": "NAME" } or { "file": "PATH" }';

export const SecretRef = z
  .union([EnvRef, FileRef], { error: ({ input }) => expected(REFERENCE, input) })
  .describe("Where a secret is found.");
export type SecretRef = z.output<typeof SecretRef>;

export const Value = z
  .union([z.string(), EnvRef, FileRef], { error: ({ input }) => expected(`a string, ${REFERENCE}`, input) })
  .describe("A plain text, or where a secret is found.");
export type Value = z.output<typeof Value>;

export interface SecretSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** At most `maxBytes`, or it throws. */
  readonly readFile: (path: string, maxBytes: number) => Uint8Array;
}

/** Names the reference, never the value. */
export class SecretProblem extends Error {
  /** `env NAME` or `file PATH`. */
  readonly reference: string;
  constructor(reference: string, problem: string) {
    super(`The secret { ${reference} } ${problem}.`);
    this.name = "SecretProblem";
    this.reference = reference;
  }
}

/** Throws `SecretProblem`. */
export function resolveSecret(ref: SecretRef, source: SecretSource): string {
  const value = "env" in ref ? fromEnvironment(ref.env, source) : fromFile(ref.file, source);
  const reference = "env" in ref ? `env ${ref.env}` : `file ${ref.file}`;
  if (value === "") throw new SecretProblem(reference, "is empty");
  if (value.includes("\0")) throw new SecretProblem(reference, "holds a NUL byte");
  return value;
}

/** This process's environment, and files relative to `directory` (the one of the settings file). */
export function systemSecrets(directory: string): SecretSource {
  return { env: process.env, readFile: (path, maxBytes) => readBoundedFile(resolve(directory, path), maxBytes) };
}

function fromEnvironment(name: string, { env }: SecretSource): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined) throw new SecretProblem(`env ${name}`, "is not set");
  if (Buffer.byteLength(value) > MAX_SECRET_BYTES) {
    throw new SecretProblem(`env ${name}`, `is larger than ${MAX_SECRET_BYTES} bytes`);
  }
  return value;
}

function fromFile(path: string, { readFile }: SecretSource): string {
  const bytes = readSecretFile(path, readFile);
  if (!isUtf8(bytes)) throw new SecretProblem(`file ${path}`, "is not UTF-8 text");
  return Buffer.from(bytes)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

function readSecretFile(path: string, readFile: SecretSource["readFile"]): Uint8Array {
  try {
    return readFile(path, MAX_SECRET_BYTES);
  } catch (error) {
    throw new SecretProblem(`file ${path}`, readFailure(error));
  }
}
