/** The end of a log file, for whoever must see why something did not start. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { visibleText } from "../visible.ts";

/** Read from the end of the file, in bytes. */
const TAIL_BYTES = 64 * 1024;

/** Empty when there is no such file. */
export function lastLines(path: string, count: number): string[] {
  const text = tailOf(path);
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .slice(-count)
        .map((line) => visibleText(line));
}

function tailOf(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, size - buffer.length));
  } finally {
    closeSync(file);
  }
}
