/** Whole lines of a file that grows, from an offset on: what an agent prints, however long and however broken. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Longest line that is read, in bytes; a longer one is passed over. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Read at once, in bytes. */
const PIECE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface Line {
  /** Undefined for one that was too long to be read. */
  readonly text: string | undefined;
  /** Where the next begins. */
  readonly next: number;
}

/** Lines that are whole, from `offset` on, at most so many bytes of them (but one at least); none where the file ends in the middle of one. */
export function readLines(path: string, offset: number, mostBytes: number): Line[] {
  const file = openPlain(path);
  if (file === undefined) return [];
  try {
    if (!fstatSync(file).isFile()) return [];
    return linesOf(file, offset, mostBytes);
  } finally {
    closeSync(file);
  }
}

function linesOf(file: number, offset: number, mostBytes: number): Line[] {
  const lines: Line[] = [];
  let pieces: Buffer[] = [];
  let length = 0;
  let at = offset;
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const bytes = piece.subarray(0, readSync(file, piece, 0, PIECE_BYTES, at));
    if (bytes.length === 0) return lines;
    let begin = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
      pieces.push(bytes.subarray(begin, end));
      const isTooLong = length + end - begin > MAX_LINE_BYTES;
      lines.push({ text: isTooLong ? undefined : Buffer.concat(pieces).toString("utf8"), next: at + end + 1 });
      [pieces, length, begin] = [[], 0, end + 1];
    }
    at += bytes.length;
    if (lines.length > 0 && at - offset >= mostBytes) return lines;
    const rest = bytes.subarray(begin);
    length += rest.length;
    // Of one that is too long only its end is looked for.
    if (length <= MAX_LINE_BYTES) pieces.push(rest);
    else pieces = [];
  }
}

/** The agent may have put anything in its place. */
function openPlain(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ELOOP" || code === "ENXIO" || code === "EACCES") return undefined;
    throw error;
  }
}
