/** Reads a small regular file and nothing else: no pipe that blocks, no device that never ends. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** `links: false`: the file itself must not be one (ELOOP). Throws the system's error, or one whose message goes on from the file's name ("is a directory"). */
export function readBoundedFile(path: string, maxBytes: number, { links = true }: { links?: boolean } = {}): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (links ? 0 : constants.O_NOFOLLOW));
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error("is a directory");
    if (!stat.isFile()) throw new Error("is not a regular file");
    const bytes = readUpTo(fd, maxBytes + 1);
    if (bytes.length > maxBytes) throw new Error(`is larger than ${maxBytes} bytes`);
    return bytes;
  } finally {
    closeSync(fd);
  }
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

/** `is a directory`, or `cannot be read (EACCES)`. */
export function readFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ELOOP") return "is a symbolic link";
  return code ? `cannot be read (${code})` : message;
}
