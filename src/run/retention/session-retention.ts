/** Removes what agents' programs kept for tasks that are over: their sessions and configuration, which no later run takes up. */

import type { Store } from "../../store/store.ts";
import { isFinal, type TaskState } from "../../task/task.ts";
import { removeNamed } from "../workspace/named-directories.ts";

export interface RemoveSessions {
  readonly store: Store;
  readonly sessionsDirectory: string;
  /** Epoch ms: those of tasks that finished before it go. */
  readonly before: number;
  /** Only count. */
  readonly dryRun: boolean;
  readonly isStopping: () => boolean;
}

interface Known {
  readonly id: number;
  readonly state: TaskState;
  readonly finished_at: number | null;
}

/** Of tasks that nobody knows any more as well: a task has its row before its agent has a directory. */
export async function removeSessions(options: RemoveSessions) {
  const { store, sessionsDirectory, before } = options;
  const gone = await removeNamed<Known>({
    ...options,
    directory: sessionsDirectory,
    kind: "task",
    rowsOf: (ids) => {
      const marks = ids.map(() => "?").join(", ");
      return store.read.all<Known>(`SELECT id, state, finished_at FROM task WHERE id IN (${marks})`, ...ids);
    },
    judge: async (_, task) => {
      if (!task) return "stray";
      return isFinal(task.state) && task.finished_at !== null && task.finished_at < before && "old";
    },
  });
  return {
    sessions: gone.filter(({ problem }) => problem === undefined).length,
    failed: gone.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  };
}
