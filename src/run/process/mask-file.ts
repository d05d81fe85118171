/** Takes known secrets out of a file that nobody writes to any more, in place: what is read later may be read without knowing them. */
import { constants } from "node:fs";
import { chmod, type FileHandle, lstat, open } from "node:fs/promises";
import { maskSecrets, seamBytes } from "./mask.ts";

/** Looked at in one piece, in bytes. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Offsets and size stay as they are; a hole stays a hole. Does nothing to what is not a plain file or not there; throws what
 * the system says when a plain file cannot be opened, because its secrets stay in it then.
 */
export async function maskFile(path: string, secrets: readonly string[], hole: readonly [number, number] = [0, 0]) {
  if (secrets.length === 0) return;
  const file = await openPlain(path);
  if (!file) return;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return;
    await maskRange(file, secrets, 0, hole[1] > hole[0] ? hole[0] : 0);
    await maskRange(file, secrets, hole[1], stat.size);
  } finally {
    await file.close();
  }
}

async function openPlain(path: string): Promise<FileHandle | undefined> {
  const attempt = () => open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await attempt();
  } catch (error) {
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    if (!["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    // The agent took our right to it; as the file is ours we can take that back, and nobody of its run lives any more.
    await chmod(path, 0o600);
    return await attempt();
  }
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
