/** Finds what is not UTF-8 in the bytes of a file, with the place at which an editor or a hex dump shows it. */
import { isUtf8 } from "node:buffer";
import { createPositions } from "./problem.ts";

export interface WrongByte {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count them. */
  readonly column: number;
  /** Of the whole file, from 1. */
  readonly byte: number;
}

/** The first byte that is not UTF-8; undefined when all are. A byte order mark has no column. */
export function firstNotUtf8(bytes: Buffer): WrongByte | undefined {
  if (isUtf8(bytes)) return undefined;
  const before = validStart(bytes);
  const shown = before.replace(/^\ufeff/, "");
  return { ...createPositions(shown)(shown.length), byte: Buffer.byteLength(before) + 1 };
}

/** The text before that byte, found by halving. */
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
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
