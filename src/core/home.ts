/** Where things lie below `$STEWARD_HOME`. On the path of every CLI call, so it loads almost nothing. */
import { basename, dirname, join, resolve } from "node:path";

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
  /** HTTP for this machine. */
  readonly http: string;
  readonly token: string;
  readonly logs: string;
  readonly log: string;
  readonly runs: string;
  readonly exits: string;
  /** Role files. */
  readonly roles: string;
  readonly workspaces: string;
  /** Configuration and sessions of agents' own programs, by task. */
  readonly sessions: string;
  readonly backups: string;
}

/** `home` as `resolveHome` gives it. Plain text: fourteen calls of `join` cost a command-line call a millisecond. */
export function homePaths(home: string): HomePaths {
  return {
    home,
    settings: `${home}/steward.json`,
    database: `${home}/steward.db`,
    lock: `${home}/lock.db`,
    pid: `${home}/steward.pid`,
    daemon: `${home}/daemon.json`,
    socket: socketPath(`${home}/steward.sock`),
    http: socketPath(`${home}/http.sock`),
    token: `${home}/token`,
    logs: `${home}/logs`,
    log: `${home}/logs/steward.log`,
    runs: `${home}/runs`,
    exits: `${home}/exits`,
    roles: `${home}/roles`,
    workspaces: `${home}/workspaces`,
    sessions: `${home}/sessions`,
    backups: `${home}/backups`,
  };
}

/**
 * `--home DIR` wins over STEWARD_HOME, which wins over `~/.steward`. Always absolute and without links: what is called after its
 * path, as a socket is, has one name however the home is named.
 */
export function resolveHome(from: {
  flag?: string | undefined;
  env: { readonly STEWARD_HOME?: string | undefined };
}): string {
  return realPath(
    resolve(from.flag || from.env.STEWARD_HOME || `${process.getBuiltinModule("node:os").homedir()}/.steward`),
  );
}

/** Of what is there of it; the rest as it is. */
function realPath(path: string): string {
  try {
    return process.getBuiltinModule("node:fs").realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** The path that a socket really gets: itself, or a short stand-in that is always the same for the same path. */
export function socketPath(wanted: string): string {
  if (Buffer.byteLength(wanted) <= SOCKET_PATH_BYTES) return wanted;
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${shortSocketDirectory()}/${createHash("sha256").update(wanted).digest("hex").slice(0, 32)}.sock`;
}

/** Such a directory lies where anybody may write: whoever uses it must see that it is ours and 0700. */
export function isShortSocket(path: string): boolean {
  return path.startsWith(`${shortSocketDirectory()}/`);
}

/** Whoever owns the directory of a short socket could answer in the daemon's place: the directory, when that is somebody else. */
export function strangersDirectory(socket: string): string | undefined {
  if (!isShortSocket(socket)) return undefined;
  const found = process.getBuiltinModule("node:fs").lstatSync(shortSocketDirectory(), { throwIfNoEntry: false });
  return !found || found.uid === process.getuid?.() ? undefined : shortSocketDirectory();
}

function shortSocketDirectory(): string {
  return `${SHORT_ROOT}/steward-${process.getuid?.() ?? 0}`;
}
