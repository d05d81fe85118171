/** Whole lines of a file that grows, from an offset on: what an agent prints, however long and however broken. */
import { closeSync, constants, readSync } from "node:fs";
import { openPlainSync } from "../process/plain-file.ts";

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

/**
 * Lines that are whole, from `offset` on, at most so many bytes of them (but one at least); none where the file ends in the
 * middle of one. Of one that is too long as much as was looked at is done with: its rest, read later, is an empty line.
 */
export function readLines(path: string, offset: number, mostBytes: number): Line[] {
  const file = openPlainSync(path, constants.O_RDONLY);
  if (file === undefined) return [];
  try {
    return linesOf(file, offset, mostBytes);
  } finally {
    closeSync(file);
  }
}

function linesOf(file: number, offset: number, mostBytes: number): Line[] {
  const lines: Line[] = [];
  let pieces: Buffer[] = [];
  let length = 0;
  let isRest = isWithinLine(file, offset);
  const passOver = (next: number) => {
    const last = isRest ? lines.pop() : undefined;
    lines.push({ text: isRest && !last ? "" : last?.text, next });
  };
  for (let at = offset; ; ) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const bytes = piece.subarray(0, readSync(file, piece, 0, PIECE_BYTES, at));
    if (bytes.length === 0) return lines;
    let begin = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
      const next = at + end + 1;
      pieces.push(bytes.subarray(begin, end));
      if (isRest || length + end - begin > MAX_LINE_BYTES) passOver(next);
      else lines.push({ text: Buffer.concat(pieces).toString("utf8"), next });
      [pieces, length, begin, isRest] = [[], 0, end + 1, false];
    }
    at += bytes.length;
    const rest = bytes.subarray(begin);
    length += rest.length;
    pieces.push(rest);
    if (isRest || length > MAX_LINE_BYTES) {
      passOver(at);
      [pieces, length, isRest] = [[], 0, true];
    }
    if (lines.length > 0 && at - offset >= mostBytes) return lines;
  }
}

/** What stands before is no end of a line: part of one that was passed over, or the hole that its beginning went into. */
function isWithinLine(file: number, offset: number): boolean {
  const before = Buffer.alloc(1);
  return offset > 0 && readSync(file, before, 0, 1, offset - 1) === 1 && before[0] !== NEWLINE;
}
