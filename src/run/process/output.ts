/** Reads what an agent printed: any bytes, at offsets that stay valid for ever, over holes, and never with a secret in it. */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { maskSecrets, seamBytes } from "./mask.ts";
import { openPlain } from "./plain-file.ts";

export interface ReadOutputOptions {
  /** First byte wanted, counted from all that was ever written. */
  readonly from: number;
  /** How many bytes at most. */
  readonly limit: number;
  /** The hole, up to but without `punchedTo`; both 0 while there is none. */
  readonly punchedFrom?: number;
  readonly punchedTo?: number;
  /** Values that must not be shown. */
  readonly mask?: readonly string[];
}

export interface OutputPiece {
  readonly bytes: Buffer;
  /** Where `bytes` begin: behind the hole when `from` was inside it. */
  readonly from: number;
  /** Where to read on. */
  readonly next: number;
  /** Bytes between what was asked for and `from` that are no longer kept. */
  readonly skipped: number;
}

/** Empty at the end of the file, and for a file that is not there. A piece ends where the hole begins. */
export async function readOutput(path: string, options: ReadOutputOptions): Promise<OutputPiece> {
  const { limit, punchedFrom = 0, punchedTo = 0, mask = [] } = options;
  const inHole = options.from >= punchedFrom && options.from < punchedTo;
  const from = inHole ? punchedTo : options.from;
  const skipped = from - options.from;
  const file = await openPlain(path, constants.O_RDONLY);
  if (!file) return { bytes: Buffer.alloc(0), from, next: from, skipped };
  try {
    const { size } = await file.stat();
    const hasHole = punchedTo > punchedFrom;
    const first = hasHole && from >= punchedTo ? punchedTo : 0;
    const last = hasHole && from < punchedTo ? punchedFrom : size;
    const to = Math.max(from, Math.min(from + limit, last));
    // More is read on both sides than is given, so that a secret across an edge is seen whole before anything is cut.
    const start = Math.max(first, from - seamBytes(mask));
    const around = await readRange(file, start, Math.min(to + seamBytes(mask), last));
    const seams = { before: start === first && first > 0, after: start + around.length >= last };
    const bytes = maskSecrets(around, mask, seams).subarray(from - start, to - start);
    return { bytes, from, next: from + bytes.length, skipped };
  } finally {
    await file.close();
  }
}

/** The last `maxBytes` as text: no half character at its start; NUL and what is not UTF-8 become U+FFFD. */
export async function tailText(
  path: string,
  maxBytes: number,
  options: Omit<ReadOutputOptions, "from" | "limit"> = {},
): Promise<string> {
  const file = await openPlain(path, constants.O_RDONLY);
  if (!file) return "";
  const { size } = await file.stat().finally(() => file.close());
  const { punchedTo = 0 } = options;
  const start = Math.max(0, size - maxBytes);
  const { bytes, from } = await readOutput(path, {
    ...options,
    from: Math.max(start, Math.min(punchedTo, size)),
    limit: maxBytes,
  });
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(from > 0 ? withoutHalfCharacter(bytes) : bytes);
  return text.replaceAll("\0", "\uFFFD");
}

async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, to - from));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** RFC 3629: a character has at most three bytes of the form 10xxxxxx behind its first. */
function withoutHalfCharacter(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
