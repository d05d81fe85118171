/** A file that a person writes (settings, a workflow) as text: found or not, of a sane size, UTF-8, with or without a byte order mark. */
import { lstatSync } from "node:fs";
import { readBoundedFile, readFailure } from "./bounded-file.ts";
import type { Problem } from "./problem.ts";
import { firstNotUtf8 } from "./utf8.ts";

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
  const wrong = firstNotUtf8(bytes);
  if (!wrong) return { text: bytes.toString("utf8").replace(/^\ufeff/, "") };
  const { line, column } = wrong;
  return {
    problem: { file: path, line, column, path: "", message: "this byte is not UTF-8", hint: "save the file as UTF-8" },
  };
}

function isDanglingLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
