/** A file that a person writes (settings, a workflow) as text: found or not, of a sane size, UTF-8, with or without a byte order mark. */
import { isUtf8 } from "node:buffer";
import { lstatSync } from "node:fs";
import { readBoundedFile, readFailure } from "./bounded-file.ts";
import { createPositions, type Problem } from "./problem.ts";

/** Largest settings file, in bytes. */
export const MAX_SETTINGS_BYTES = 1024 * 1024;

export type SettingsText = { readonly text: string } | { readonly missing: true } | { readonly problem: Problem };

export function readSettingsText(path: string, maxBytes = MAX_SETTINGS_BYTES): SettingsText {
  const whole = (message: string) => ({ problem: { file: path, line: 0, column: 0, path: "", message } });
  try {
    return decodeText(readBoundedFile(path, maxBytes), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return whole(readFailure(error));
    return isDanglingLink(path) ? whole("is a link to a file that does not exist") : { missing: true };
  }
}

/** UTF-8 without its byte order mark, or where it is none. `path` is what the problem names. */
export function decodeText(bytes: Buffer, path: string): { readonly text: string } | { readonly problem: Problem } {
  if (isUtf8(bytes)) return { text: bytes.toString("utf8").replace(/^\ufeff/, "") };
  const before = validStart(bytes);
  const position = createPositions(before)(before.length);
  return {
    problem: { file: path, ...position, path: "", message: "this byte is not UTF-8", hint: "save the file as UTF-8" },
  };
}

/** The text before the first byte that is not UTF-8, found by halving. */
function validStart(bytes: Buffer): string {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (startsUtf8(bytes.subarray(0, middle)) !== undefined) low = middle;
    else high = middle - 1;
  }
  return startsUtf8(bytes.subarray(0, low)) ?? "";
}

/** The text, without a character that is cut off at the end; undefined when a byte in it can never be right. */
function startsUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

function isDanglingLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
