/** Removes what old runs left on the disk: their directories, and directories and exit files that belong to no run at all. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../../store/store.ts";
import type { RunRow } from "../run.store.ts";
import { removeNamed } from "../workspace/named-directories.ts";

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

export async function removeRunDirectories(options: RemoveRunDirectories): Promise<RemovedRunDirectories> {
  const { store, runsDirectory, exitsDirectory, before, now } = options;
  const isStray = async (path: string) => (await lastWritten(path)) < now - STRAY_MS;
  const rowsOf = (ids: readonly number[]) => runsWith(store, ids);
  const ofRuns = { ...options, kind: "run", rowsOf } as const;
  const old = await removeNamed<Known>({
    ...ofRuns,
    directory: runsDirectory,
    judge: async (path, run) =>
      run ? run.ended_at !== null && run.ended_at < before && "old" : (await isStray(path)) && "stray",
  });
  const exits = await removeNamed<Known>({
    ...ofRuns,
    directory: exitsDirectory,
    judge: async (path, run) => (run && run.ended_at === null ? false : (await isStray(path)) && "stray"),
  });
  const gone = [...old, ...exits].filter(({ problem }) => problem === undefined);
  return {
    runDirectories: gone.filter(({ what }) => what === "old").length,
    strays: gone.filter(({ what }) => what === "stray").length,
    failed: [...old, ...exits].flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  };
}

type Known = Pick<RunRow, "id" | "ended_at">;

function runsWith(store: Store, ids: readonly number[]): Promise<Known[]> {
  const marks = ids.map(() => "?").join(", ");
  return store.read.all<Known>(`SELECT id, ended_at FROM run WHERE id IN (${marks})`, ...ids);
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
