/** Puts a listening socket at a path without a moment in which the path is missing or open to others, and keeps it there. */
import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { isShortSocket } from "../core/home.ts";
import { refuse } from "../core/refusal.ts";

/** Only the owner may connect. */
const OWNER_ONLY_UMASK = 0o177;

/** A longer unix-socket path is cut off silently, in bytes. */
const SOCKET_PATH_BYTES = 107;

export interface PathTaken {
  /** Listens anew when somebody took the path away or put something else there; who is connected stays. True when it had to. */
  keep(): Promise<boolean>;
  /** Takes it away if it is still ours, and keeps it no more. */
  leave(): void;
}

/** Listens at `path`, replacing the socket that is there; anything else is somebody's file, and stays. */
export async function listenAt(server: Server, path: string): Promise<PathTaken> {
  assertNoFile(path);
  let isOurs = await takePath(server, path);
  let isLeft = false;
  const leave = () => {
    isLeft = true;
    if (isOurs()) rmSync(path, { force: true });
  };
  return {
    leave,
    async keep() {
      if (isLeft || isOurs()) return false;
      // Ends only the listening at what nobody can find.
      server.close();
      isOurs = await takePath(server, path);
      if (!isLeft) return true;
      server.close();
      leave();
      return false;
    },
  };
}

/** Gives how to know whether what is there is what was put there. */
async function takePath(server: Server, path: string): Promise<() => boolean> {
  if (isShortSocket(path)) claimSharedDirectory(dirname(path));
  const temporary = join(dirname(path), `.${randomBytes(4).toString("hex")}`);
  for (const name of [path, temporary]) {
    if (Buffer.byteLength(name) > SOCKET_PATH_BYTES) throw new Error(`The socket path is too long: ${name}`);
  }
  await listenPrivately(server, temporary);
  try {
    const { dev, ino } = lstatSync(temporary);
    renameSync(temporary, path);
    return () => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      return found?.dev === dev && found.ino === ino;
    };
  } catch (error) {
    server.close(); // which also removes the temporary name
    throw error;
  }
}

function assertNoFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isSocket()) return;
  refuse("conflict", `${path} is to be a socket, and something else is there.`, {
    hint: "Nothing was replaced: move it away, or name another path.",
  });
}

/** Where anybody may write, a directory that is not ours alone would let another user answer in our name. */
function claimSharedDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Error(`${directory} must be a directory of yours with mode 0700; remove it or choose a shorter home.`);
  }
}

function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Binding happens inside this call, so the umask covers exactly the socket's creation.
    const umask = process.umask(OWNER_ONLY_UMASK);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}
