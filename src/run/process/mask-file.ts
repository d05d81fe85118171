/** Takes known secrets out of a file that nobody writes to any more, in place: what is read later may be read without knowing them. */
import { constants } from "node:fs";
import { chmod, type FileHandle } from "node:fs/promises";
import { maskSecrets, seamBytes } from "./mask.ts";
import { openPlain, plainStat } from "./plain-file.ts";

/** Looked at in one piece, in bytes. */
const PIECE_BYTES = 1024 * 1024;

export interface Masking {
  readonly secrets: readonly string[];
  /** A hole stays a hole. */
  readonly hole?: readonly [number, number] | undefined;
  /** What is kept of it beside its hole, in bytes: a file can be said to be endless without holding anything. */
  readonly mostBytes?: number;
}

/**
 * Offsets and size stay as they are, but for what is beyond `mostBytes`, which is cut off. Does nothing to what is not a plain
 * file or not there; throws what the system says when a plain file cannot be opened, because its secrets stay in it then.
 */
export async function maskFile(path: string, { secrets, hole = [0, 0], mostBytes }: Masking): Promise<void> {
  if (secrets.length === 0) return;
  const file = await openOurs(path);
  if (!file) return;
  try {
    const size = (await file.stat()).size;
    const most = mostBytes === undefined ? size : mostBytes + hole[1] - hole[0];
    if (size > most) await file.truncate(most);
    await maskRange(file, secrets, 0, hole[1] > hole[0] ? hole[0] : 0);
    await maskRange(file, secrets, hole[1], Math.min(size, most));
  } finally {
    await file.close();
  }
}

/** The agent may have taken our right to it; as the file is ours we can take that back, and nobody of its run lives any more. */
async function openOurs(path: string): Promise<FileHandle | undefined> {
  const file = await openPlain(path, constants.O_RDWR);
  if (file || !plainStat(path)) return file;
  await chmod(path, 0o600);
  return (await openPlain(path, constants.O_RDWR)) ?? Promise.reject(new Error(`${path} cannot be opened`));
}

async function maskRange(file: FileHandle, secrets: readonly string[], from: number, to: number): Promise<void> {
  const overlap = seamBytes(secrets);
  for (let at = from; at < to; at += PIECE_BYTES) {
    const start = Math.max(from, at - overlap);
    const piece = Buffer.alloc(Math.min(at + PIECE_BYTES, to) - start);
    const { bytesRead } = await file.read(piece, 0, piece.length, start);
    const read = piece.subarray(0, bytesRead);
    const masked = maskSecrets(read, secrets);
    if (!masked.equals(read)) await file.write(masked, 0, masked.length, start);
  }
}
