/** Reads a rotating log: its last lines, across the files it was rotated into, and what is added later. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";

const BLOCK_BYTES = 64 * 1024;

/** A line is given out in pieces of this size at most, so that one without an end holds no memory, in bytes. */
const LINE_BYTES = 1024 * 1024;

/** How often a log is looked at whose directory tells of no change, in ms. */
const LOOK_MS = 1_000;

const NEWLINE = 0x0a;

/** Where reading goes on: which file it was, and how far it was read. */
export interface LogPlace {
  readonly inode: number;
  readonly offset: number;
}

/** The last `count` lines, oldest first, and where what comes next begins. */
export function lastLines(path: string, count: number): { lines: string[]; place: LogPlace | undefined } {
  let lines: string[] = [];
  let place: LogPlace | undefined;
  for (const file of logFiles(path)) {
    const end = endOf(file, count - lines.length);
    if (file === path) place = end?.place;
    lines = [...(end?.lines ?? []), ...lines];
    if (lines.length >= count) break;
  }
  return { lines, place };
}

/** At most the last `count` whole lines that came after a place. Of a log that was rotated since, what its newest file has. */
export function linesSince(path: string, from: LogPlace | undefined, count: number): string[] {
  const begin = from && inodeOf(path) === from.inode ? from.offset : 0;
  return endOf(path, count, begin)?.lines ?? [];
}

/** Every whole line from there on, for ever: through rotations, and also when the log does not exist yet. */
export async function* followLines(path: string, from: LogPlace | undefined): AsyncGenerator<string> {
  const changed = changesOf(path);
  let file = from ? openPlace(path, from) : undefined;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      file ??= openAt(path, 0);
      const bytes = file && readOn(path, file);
      if (bytes) {
        rest = Buffer.concat([rest, bytes]);
        const end = rest.length > LINE_BYTES ? rest.length : rest.lastIndexOf(NEWLINE) + 1;
        if (end > 0) yield* rest.toString("utf8", 0, end).replace(/\n$/, "").split("\n");
        rest = rest.subarray(end);
      } else {
        const newer = file && openNewer(path, file);
        if (file && newer) closeSync(file.fd);
        if (newer) file = newer;
        else await changed();
      }
    }
  } finally {
    if (file) closeSync(file.fd);
  }
}

/** The open log file that is read; held open, so that rotation cannot take it away. */
interface OpenLog {
  readonly fd: number;
  readonly inode: number;
  offset: number;
}

/** The log first, then what it was rotated into, the newest first. */
function logFiles(path: string): string[] {
  const name = basename(path);
  const rotated = readdirOrNothing(dirname(path)).flatMap((file) => {
    const number = file.startsWith(`${name}.`) ? Number(file.slice(name.length + 1)) : Number.NaN;
    return Number.isInteger(number) ? [number] : [];
  });
  return [path, ...rotated.sort((a, b) => a - b).map((number) => join(dirname(path), `${name}.${number}`))];
}

function endOf(file: string, count: number, begin = 0): { lines: string[]; place: LogPlace } | undefined {
  const log = openAt(file, 0);
  if (!log) return undefined;
  try {
    const { size } = fstatSync(log.fd);
    let start = size;
    let bytes: Buffer = Buffer.alloc(0);
    while (start > begin && newlines(bytes) <= count) {
      const length = Math.min(BLOCK_BYTES, start - begin);
      start -= length;
      bytes = Buffer.concat([readAt(log.fd, start, length), bytes]);
    }
    const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
    const lines = whole.toString().split("\n").slice(0, -1);
    const place = { inode: log.inode, offset: size - (bytes.length - whole.length) };
    return { lines: count > 0 ? lines.slice(-count) : [], place };
  } finally {
    closeSync(log.fd);
  }
}

function openPlace(path: string, { inode, offset }: LogPlace): OpenLog | undefined {
  const file = logFiles(path).find((name) => inodeOf(name) === inode);
  return file === undefined ? undefined : openAt(file, offset);
}

function openAt(file: string, offset: number): OpenLog | undefined {
  try {
    const fd = openSync(file, "r");
    return { fd, inode: fstatSync(fd).ino, offset };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** One block at a time; undefined at the end. What was written just before a rotation is not missed. */
function readOn(path: string, file: OpenLog): Buffer | undefined {
  return readBlock(file) ?? (inodeOf(path) === file.inode ? undefined : readBlock(file));
}

function readBlock(file: OpenLog): Buffer | undefined {
  const bytes = readAt(file.fd, file.offset, BLOCK_BYTES);
  file.offset += bytes.length;
  return bytes.length > 0 ? bytes : undefined;
}

/** The file that was begun when this one was rotated away; undefined while this one is the log. */
function openNewer(path: string, { inode }: OpenLog): OpenLog | undefined {
  const files = logFiles(path);
  const at = files.findIndex((name) => inodeOf(name) === inode);
  if (at === 0) return undefined;
  // Not found: it was removed meanwhile, and everything that is left is newer.
  const next = files.at(at < 0 ? -1 : at - 1);
  const opened = next === undefined ? undefined : openAt(next, 0);
  // A rotation between looking and opening would skip a file: then it is looked for once more, at the next turn.
  if (opened && next !== undefined && inodeOf(next) === opened.inode) return opened;
  if (opened) closeSync(opened.fd);
  return undefined;
}

/** Resolves when something may have changed. */
function changesOf(path: string): () => Promise<void> {
  let wake = () => {};
  try {
    watch(dirname(path), () => wake()).on("error", () => {});
  } catch {
    // The directory is not there yet: looking now and then has to do.
  }
  return () =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

function readdirOrNothing(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
