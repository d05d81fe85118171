/** Reads and writes files of ours in a directory that an agent may write to. Throws the system's error, or `NotOurs`. */
import { closeSync, constants, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { openPlainSync } from "./process/plain-file.ts";

export class NotOurs extends Error {
  override readonly name = "NotOurs";
  constructor(path: string) {
    super(`${path} is not there, or no plain file of ours any more`);
  }
}

/** Whole, from an offset on; not longer than `mostBytes`. */
export function readOwn(path: string, from: number, mostBytes: number): Buffer {
  return withOwn(path, constants.O_RDONLY, (file) => {
    const length = Math.max(0, fstatSync(file).size - from);
    if (length > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes`);
    const buffer = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(file, buffer, filled, length - filled, from + filled);
      if (read === 0) break;
      filled += read;
    }
    return buffer.subarray(0, filled);
  });
}

/** Replaces all that is in it. */
export function writeOwn(path: string, text: string): void {
  withOwn(path, constants.O_WRONLY | constants.O_CREAT, (file) => {
    ftruncateSync(file, 0);
    writeAll(file, Buffer.from(text), 0);
  });
}

/**
 * At exactly this place, whatever stands behind it; gives where the next goes. What a full disk took only a part of is taken
 * away again: half a line would spoil the next.
 */
export function writeOwnAt(path: string, text: string, at: number): number {
  return withOwn(path, constants.O_WRONLY | constants.O_CREAT, (file) => {
    const bytes = Buffer.from(text);
    try {
      writeAll(file, bytes, at);
    } catch (error) {
      ftruncateSync(file, at);
      throw error;
    }
    return at + bytes.length;
  });
}

/** Made when it is not there, and cut to at most this size. */
export function cutOwn(path: string, size: number): void {
  withOwn(path, constants.O_WRONLY | constants.O_CREAT, (file) => {
    if (fstatSync(file).size > size) ftruncateSync(file, size);
  });
}

function writeAll(file: number, bytes: Buffer, at: number): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, at + written);
}

function withOwn<T>(path: string, flags: number, use: (file: number) => T): T {
  const file = openPlainSync(path, flags);
  if (file === undefined) throw new NotOurs(path);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
