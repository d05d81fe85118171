/** Reads a queue file or stdin as text: of a size that can be imported, and UTF-8, for other bytes would be lost without a word. */
import { statSync } from "node:fs";
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import { firstNotUtf8 } from "../../config/utf8.ts";
import { MAX_FILE_BYTES } from "../../task/sprint-queue/scan.ts";
import { refusalFailure, usageFailure } from "../failure.ts";
import { readStdinBytes } from "../stdin.ts";

/** `file` is a path, or `-`. With a byte order mark, where there is one: the reader tells of it. */
export async function readQueueText(file: string): Promise<string> {
  const bytes = file === "-" ? await readStdinBytes() : readQueueFile(file);
  const wrong = firstNotUtf8(bytes);
  if (!wrong) return bytes.toString("utf8");
  const { line, column, byte } = wrong;
  const value = (bytes[byte - 1] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  throw refusalFailure({
    code: "invalid_input",
    message: `${file === "-" ? "stdin" : file}:${line}:${column}: byte ${byte} (0x${value}) is not UTF-8.`,
    hint: "Save it as UTF-8: such as with `iconv -f LATIN1 -t UTF-8`.",
    data: { line, column, byte },
  });
}

/** A pipe could be waited for and a device read without an end: they come in as stdin, which is bounded. */
function readQueueFile(file: string): Buffer {
  const stat = statOf(file);
  if (stat?.isFile() && stat.size > MAX_FILE_BYTES) {
    throw refusalFailure({
      code: "too_large",
      message: `${file} has ${stat.size} bytes; a queue file may have up to ${MAX_FILE_BYTES}.`,
      hint: "See docs/sprints.md: real queues have a few hundred kilobytes.",
      data: { limit: MAX_FILE_BYTES, bytes: stat.size },
    });
  }
  try {
    return readBoundedFile(file, MAX_FILE_BYTES);
  } catch (error) {
    throw usageFailure(`${file} ${readFailure(error)}.`, "Give the path of a queue file, or - for stdin.");
  }
}

function statOf(file: string) {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // Reading it says why.
    return undefined;
  }
}
