/**
 * Files in a directory that an agent may write to. What it put in their place (a pipe that is waited for, a link to somebody
 * else's file, a directory, a socket) is none of ours, and neither is what it took from us: undefined, as for what is not there.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Not there, a link, a pipe or socket with nobody at its other end, a directory, or not for us to open. */
const NONE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR", "EACCES", "EPERM"]);

/** `flags` as in open(2). Throws what the system says when it cannot be known what is there. */
export async function openPlain(path: string, flags: number): Promise<FileHandle | undefined> {
  const file = await open(path, flags | SAFE, 0o600).catch(orNone);
  if (!file || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

export function openPlainSync(path: string, flags: number): number | undefined {
  const file = unlessNone(() => openSync(path, flags | SAFE, 0o600));
  if (file === undefined || fstatSync(file).isFile()) return file;
  closeSync(file);
  return undefined;
}

/** Of the file itself, never of what a link leads to. */
export function plainStat(path: string): Stats | undefined {
  const stat = unlessNone(() => lstatSync(path));
  return stat?.isFile() ? stat : undefined;
}

function unlessNone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    return orNone(error);
  }
}

function orNone(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!NONE.has(code)) throw error;
}
