/** The role files of the home as a source of definitions: read at start, when one changes, and at each reload. */
import { watch } from "node:fs";
import { formatProblem } from "../config/problem.ts";
import type { Clock, Timer } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { applyDefinitions } from "../project/definition.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Store } from "../store/store.ts";
import { readRoleFiles } from "../task/project/role-files.ts";

/** An editor changes a file in several steps, which are taken as one, in ms. */
const SETTLE_MS = 100;

export interface RoleFilesSource {
  /** Resolves when the files as they are now hold, or when it is known why not. */
  read(): Promise<void>;
  /** Why some do not hold, each as a sentence. What they said last stays. */
  problems(): readonly string[];
  /** How often they changed what holds. */
  changes(): number;
  stop(): void;
}

export interface RoleFilesOptions {
  readonly store: Store;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

export async function followRoleFiles({ store, directory, clock, log }: RoleFilesOptions): Promise<RoleFilesSource> {
  let problems: readonly string[] = [];
  let changes = 0;
  let reading: Promise<void> = Promise.resolve();
  const readOnce = async () => {
    const files = await readRoleFiles(directory);
    const found = files.problems.map(formatProblem);
    if (found.length > 0 && found.join("\n") !== problems.join("\n"))
      log.error("role files not taken: what they said last stays", { problems: found });
    problems = found;
    const changed = await store.write((tx) =>
      applyDefinitions(tx, {
        projectId: DEFAULT_PROJECT.id,
        source: "files",
        declared: Object.entries(files.roles).map(([name, body]) => ({ kind: "role", name, body })),
        actor: "host:role-files",
        complete: files.isComplete,
        keep: files.broken,
      }),
    );
    if (changed.length === 0) return;
    changes += 1;
    log.info("role files read", { changed });
  };
  const read = () => {
    reading = reading.then(readOnce).catch((error: unknown) => {
      log.error("role files were read but could not be stored", { error });
    });
    return reading;
  };
  const stopWatching = watchDirectory(directory, clock, () => void read(), log);
  await read();
  return { read, problems: () => problems, changes: () => changes, stop: stopWatching };
}

/** What a watch misses, a reload finds. */
function watchDirectory(directory: string, clock: Clock, onChange: () => void, log: Log): () => void {
  let settling: Timer | undefined;
  const soon = () => {
    settling?.cancel();
    settling = clock.after(SETTLE_MS, onChange);
  };
  const blind = (error: unknown) =>
    log.warn("role files are not watched: `steward daemon reload` reads them", { error });
  try {
    const watcher = watch(directory, { persistent: false }, soon);
    watcher.on("error", blind);
    return () => {
      settling?.cancel();
      watcher.close();
    };
  } catch (error) {
    blind(error);
    return () => {};
  }
}
