/** The log on disk, rotated by exact size and count. Whatever becomes of the disk, writing never throws. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Clock, iso, systemClock } from "./clock.ts";

export interface LogFile {
  /** One line, with or without its newline. What cannot be written is counted, and told of once writing works again. */
  write(line: string): void;
  close(): void;
  /** Lines lost since it was opened. */
  dropped(): number;
}

export interface LogFileOptions {
  readonly path: string;
  /** No file grows larger: a line that is longer by itself is cut. */
  readonly maxBytes: number;
  /** Files in all, the current one included. */
  readonly files: number;
  readonly clock?: Pick<Clock, "now">;
}

/** Smallest size of a log file, in bytes: room for what the log says about itself. */
export const MIN_LOG_FILE_BYTES = 256;

/** The end of a line that was cut. */
export const CUT_MARKER = " …[cut]";

/** Longest reason told for lost lines, in characters. */
const MAX_REASON = 80;

/** Throws what the system says, so that a start can tell why. */
export function openLogFile(options: LogFileOptions): LogFile {
  if (!(options.maxBytes >= MIN_LOG_FILE_BYTES)) throw new RangeError(`A log file needs ${MIN_LOG_FILE_BYTES} bytes.`);
  if (!(options.files >= 1)) throw new RangeError("A log needs at least one file.");
  mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
  removeBeyond(options.path, options.files);
  return new RotatingFile(options);
}

/** The longest start of a text that has at most `maxBytes` in UTF-8 and ends with a whole character. */
export function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = Math.max(0, maxBytes);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}

class RotatingFile implements LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #files: number;
  readonly #clock: Pick<Clock, "now">;
  #open: OpenFile | undefined;
  #dropped = 0;
  /** Lost since the last line that said so. */
  #untold = 0;
  #reason = "";

  constructor({ path, maxBytes, files, clock = systemClock }: LogFileOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#files = files;
    this.#clock = clock;
    this.#open = openToAppend(path);
  }

  /** What was lost is told in one piece with the next line: alone it would fit again and again on a disk that is full. */
  write(line: string): void {
    if (this.#append(this.#untold > 0 ? `${this.#lostLine()}\n${line}` : line)) {
      this.#untold = 0;
    } else {
      this.#dropped += 1;
      this.#untold += 1;
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  dropped(): number {
    return this.#dropped;
  }

  #append(line: string): boolean {
    if (!this.#open) return false;
    try {
      const bytes = this.#bounded(line);
      let size = this.#currentSize(this.#open);
      if (size > 0 && size + bytes.length > this.#maxBytes) size = this.#rotate();
      appendWhole(this.#open.fd, bytes, size);
      return true;
    } catch (error) {
      this.#reason = (error as NodeJS.ErrnoException).code ?? String(error);
      return false;
    }
  }

  #bounded(line: string): Buffer {
    const text = line.endsWith("\n") ? line : `${line}\n`;
    if (Buffer.byteLength(text) <= this.#maxBytes) return Buffer.from(text);
    const end = `${CUT_MARKER}\n`;
    return Buffer.from(cutToBytes(text, this.#maxBytes - Buffer.byteLength(end)) + end);
  }

  /**
   * One `stat` by name for each line (2 µs, as much as the write itself) tells whether somebody moved or removed the
   * file, emptied it or wrote to it as well; asking less often would lose lines.
   */
  #currentSize(open: OpenFile): number {
    const named = statSync(this.#path, { throwIfNoEntry: false });
    if (named && named.ino === open.stat.ino && named.dev === open.stat.dev) return named.size;
    return this.#reopen().stat.size;
  }

  #rotate(): number {
    for (let n = this.#files - 1; n >= 1; n -= 1) {
      renameIfThere(n === 1 ? this.#path : `${this.#path}.${n - 1}`, `${this.#path}.${n}`);
    }
    if (this.#files === 1) rmSync(this.#path, { force: true });
    return this.#reopen().stat.size;
  }

  #reopen(): OpenFile {
    const next = openToAppend(this.#path);
    if (this.#open) closeSync(this.#open.fd);
    this.#open = next;
    return next;
  }

  #lostLine(): string {
    const [time, reason] = [iso(this.#clock.now()), this.#reason.slice(0, MAX_REASON)];
    return JSON.stringify({ level: "error", time, msg: "log lines were lost", lines: this.#untold, reason });
  }
}

interface OpenFile {
  readonly fd: number;
  readonly stat: Stats;
}

function openToAppend(path: string): OpenFile {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
  const stat = fstatSync(fd);
  if (stat.isFile() && (stat.mode & 0o077) !== 0) fchmodSync(fd, 0o600);
  return { fd, stat };
}

/** A line is there whole or not at all: the part of one that a full disk still took is taken back. */
function appendWhole(fd: number, bytes: Buffer, at: number): void {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    const nobodyElseWrote = fstatSync(fd).size === at + written;
    if (written > 0 && nobodyElseWrote) ftruncateSync(fd, at);
    throw error;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** The count may have been higher when the log was last open. */
function removeBeyond(path: string, files: number): void {
  for (const entry of readdirSync(dirname(path), { withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.startsWith(`${basename(path)}.`)) continue;
    const number = entry.name.slice(basename(path).length + 1);
    if (/^[1-9]\d{0,8}$/.test(number) && Number(number) >= files) rmSync(join(dirname(path), entry.name));
  }
}
