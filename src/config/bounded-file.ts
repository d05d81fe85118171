/** Reads a small regular file and nothing else: no pipe that blocks, no device that never ends. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

export interface BoundedFileOptions {
  /** False: the file itself must not be one (ELOOP). */
  readonly links?: boolean;
}

/** Throws the system's error, or one whose message goes on from the file's name ("is a directory"). */
export function readBoundedFile(path: string, maxBytes: number, options: BoundedFileOptions = {}): Buffer {
  const fd = openSync(path, flagsOf(options));
  try {
    mustBeRegular(fstatSync(fd));
    return within(readUpTo(fd, maxBytes + 1), maxBytes);
  } finally {
    closeSync(fd);
  }
}

/** The same, while everything else goes on: for files that may lie where reading takes long. */
export async function readBoundedFileAsync(
  path: string,
  maxBytes: number,
  options: BoundedFileOptions = {},
): Promise<Buffer> {
  const file = await open(path, flagsOf(options));
  try {
    mustBeRegular(await file.stat());
    return within(await readUpToAsync(file, maxBytes + 1), maxBytes);
  } finally {
    await file.close();
  }
}

function flagsOf({ links = true }: BoundedFileOptions): number {
  return constants.O_RDONLY | constants.O_NONBLOCK | (links ? 0 : constants.O_NOFOLLOW);
}

function mustBeRegular(stat: Stats): void {
  if (stat.isDirectory()) throw new Error("is a directory");
  if (!stat.isFile()) throw new Error("is not a regular file");
}

function within(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length > maxBytes) throw new Error(`is larger than ${maxBytes} bytes`);
  return bytes;
}

/** The size that `fstat` tells is not trusted: the file may be growing, or be one of /proc. */
function readUpTo(fd: number, maxBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const read = readSync(fd, buffer, length, maxBytes - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

async function readUpToAsync(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const { bytesRead } = await file.read(buffer, length, maxBytes - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** `is a directory`, or `cannot be read (EACCES)`. */
export function readFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ELOOP") return "is a symbolic link";
  return code ? `cannot be read (${code})` : message;
}
