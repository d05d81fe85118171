/** Puts a queue file in its place, whole or not at all, with the mode and owner of the one that was there. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { unavailableFailure, usageFailure } from "../failure.ts";
import { pathFailure } from "../path-failure.ts";
import { checkSameQueue } from "./same-queue.ts";

/** Throws a `Failure`: a link is never followed, and nothing that would be lost is replaced unless `force` says so. */
export function writeQueueFile(file: string, text: string, { force }: { readonly force: boolean }): void {
  try {
    const there = fileAt(file);
    if (there && !force) checkSameQueue(file, text);
    replace(file, text, there);
  } catch (error) {
    throw notWritten(file, error);
  }
}

/** Undefined: nothing is there. */
function fileAt(file: string): Stats | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (stat.isSymbolicLink()) {
    throw usageFailure(`${file} is a link, and none is followed.`, "Give the path of the file itself.");
  }
  if (!stat.isFile()) throw usageFailure(`${file} is not a regular file.`, "Give the path of a queue file.");
  return stat;
}

function replace(file: string, text: string, there: Stats | undefined): void {
  // A name of its own length: one made of the file's could be too long where the file's is not.
  const draft = join(dirname(file), `.steward-${process.pid}-${Date.now()}.new`);
  const fd = openSync(draft, "wx", there ? 0o600 : 0o666);
  try {
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      if (there) takeAfter(fd, there);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function takeAfter(fd: number, { uid, gid, mode }: Stats): void {
  const ours = fstatSync(fd);
  if (ours.uid !== uid) give(fd, uid, gid);
  if (fstatSync(fd).gid !== gid) give(fd, ours.uid, gid);
  fchmodSync(fd, mode & 0o7777);
}

/** Few may give a file away; where we may not, it is ours afterwards. */
function give(fd: number, uid: number, gid: number): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Told by nobody: the mode is kept, and whoever looks sees whose it is.
  }
}

function notWritten(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return usageFailure(`The directory of ${file} does not exist (${code}).`, "Make it first.");
  if (code === undefined) return error;
  return (
    pathFailure(error, file, "written") ??
    unavailableFailure(`${file} cannot be written (${code}).`, "See what is wrong with its disk.")
  );
}
