/** Removes what old runs left on the disk: their directories, and directories and exit files that belong to no run at all. */
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseId } from "../core/ids.ts";
import type { Store } from "../store/store.ts";
import type { RunRow } from "./run.store.ts";

/** Runs asked for in one query. */
const WINDOW = 200;
/** What belongs to no run is left alone for so long after it was last written, in ms. */
const STRAY_MS = 24 * 3600_000;

export interface RemoveRunDirectories {
  readonly store: Store;
  readonly runsDirectory: string;
  readonly exitsDirectory: string;
  /** Epoch ms: directories of runs that ended before it go. */
  readonly before: number;
  /** Epoch ms. */
  readonly now: number;
  /** Only count. */
  readonly dryRun: boolean;
  readonly isStopping: () => boolean;
}

export interface RemovedRunDirectories {
  readonly runDirectories: number;
  /** Directories and exit files that no run is known for. */
  readonly strays: number;
  /** What could not be removed, and why. */
  readonly failed: readonly string[];
}

/** What is not called like a run is somebody else's and stays. */
export async function removeRunDirectories(options: RemoveRunDirectories): Promise<RemovedRunDirectories> {
  const { runsDirectory, exitsDirectory, before, now } = options;
  const isStray = async (path: string) => (await lastWritten(path)) < now - STRAY_MS;
  const old = await among(runsDirectory, options, async (path, run) =>
    run ? run.ended_at !== null && run.ended_at < before && "old" : (await isStray(path)) && "stray",
  );
  const exits = await among(exitsDirectory, options, async (path, run) =>
    run && run.ended_at === null ? false : (await isStray(path)) && "stray",
  );
  const gone = [...old, ...exits].filter(({ problem }) => problem === undefined);
  return {
    runDirectories: gone.filter(({ what }) => what === "old").length,
    strays: gone.filter(({ what }) => what === "stray").length,
    failed: [...old, ...exits].flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  };
}

interface Gone {
  readonly what: "old" | "stray";
  readonly problem?: string;
}

type Known = Pick<RunRow, "id" | "ended_at">;

/** Names are read before rows: a run has its row before it has a directory. */
async function among(
  directory: string,
  { store, dryRun, isStopping }: RemoveRunDirectories,
  judge: (path: string, run: Known | undefined) => Promise<Gone["what"] | false>,
): Promise<Gone[]> {
  const named = (await namesIn(directory)).flatMap((name) => {
    const id = parseId("run", name);
    return id === undefined ? [] : [{ id, path: join(directory, name) }];
  });
  const gone: Gone[] = [];
  for (let at = 0; at < named.length; at += WINDOW) {
    const some = named.slice(at, at + WINDOW);
    const marks = some.map(() => "?").join(", ");
    const rows = await store.read.all<Known>(
      `SELECT id, ended_at FROM run WHERE id IN (${marks})`,
      ...some.map(({ id }) => id),
    );
    const runs = new Map(rows.map((row) => [row.id, row]));
    for (const { id, path } of some) {
      if (isStopping()) return gone;
      const what = await judge(path, runs.get(id));
      if (what) gone.push(dryRun ? { what } : await removed(path, what));
    }
  }
  return gone;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Of the thing itself or of what an agent prints into it, epoch ms: somebody unknown may still be at work there. */
async function lastWritten(path: string): Promise<number> {
  const looks = ["", "stdout.log", "stderr.log"].map((name) =>
    lstat(join(path, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  );
  return Math.max(...(await Promise.all(looks)));
}

async function removed(path: string, what: Gone["what"]): Promise<Gone> {
  try {
    await removeTree(path);
    return { what };
  } catch (error) {
    return { what, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** An agent may have left directories that nobody may write to, as package managers do. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await openUp(join(path, name));
}
