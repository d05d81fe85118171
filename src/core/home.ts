/** Where things lie below `$STEWARD_HOME`. On the path of every CLI call, so it loads almost nothing. */
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** A longer unix-socket path is cut off silently, in bytes (`sun_path` holds 108 with its final zero). */
const SOCKET_PATH_BYTES = 107;

/** Where sockets go whose own path is too long. Fixed: a TMPDIR that differs between CLI and daemon would part them. */
const SHORT_ROOT = "/tmp";

export interface HomePaths {
  readonly home: string;
  readonly settings: string;
  readonly database: string;
  readonly lock: string;
  readonly pid: string;
  readonly daemon: string;
  readonly socket: string;
  readonly token: string;
  readonly logs: string;
  readonly log: string;
  readonly runs: string;
  readonly exits: string;
  readonly workspaces: string;
  readonly backups: string;
}

export function homePaths(home: string): HomePaths {
  return {
    home,
    settings: join(home, "steward.json"),
    database: join(home, "steward.db"),
    lock: join(home, "lock.db"),
    pid: join(home, "steward.pid"),
    daemon: join(home, "daemon.json"),
    socket: socketPath(join(home, "steward.sock")),
    token: join(home, "token"),
    logs: join(home, "logs"),
    log: join(home, "logs", "steward.log"),
    runs: join(home, "runs"),
    exits: join(home, "exits"),
    workspaces: join(home, "workspaces"),
    backups: join(home, "backups"),
  };
}

/** `--home DIR` wins over STEWARD_HOME, which wins over `~/.steward`. Always absolute. */
export function resolveHome(from: {
  flag?: string | undefined;
  env: { readonly STEWARD_HOME?: string | undefined };
}): string {
  return resolve(from.flag || from.env.STEWARD_HOME || join(homedir(), ".steward"));
}

/** The path that a socket really gets: itself, or a short stand-in that is always the same for the same path. */
export function socketPath(wanted: string): string {
  if (Buffer.byteLength(wanted) <= SOCKET_PATH_BYTES) return wanted;
  const { createHash } = process.getBuiltinModule("node:crypto");
  return join(shortSocketDirectory(), `${createHash("sha256").update(wanted).digest("hex").slice(0, 32)}.sock`);
}

/** Such a directory lies where anybody may write: whoever uses it must see that it is ours and 0700. */
export function isShortSocket(path: string): boolean {
  return dirname(path) === shortSocketDirectory();
}

function shortSocketDirectory(): string {
  return join(SHORT_ROOT, `steward-${process.getuid?.() ?? 0}`);
}
