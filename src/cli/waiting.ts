/** Waits for what takes long by asking again and again, and survives a daemon that is restarted meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { AWAY_MS, isAway, RETRY_MS } from "./away.ts";
import type { Invocation } from "./invocation.ts";
import type { Story } from "./render/story.ts";

/** How long one question waits at the daemon, in ms. */
const ASK_MS = 20_000;

/** How soon a task's next run is noticed, in ms. */
const NOTICE_MS = 200;

/** A task that is not started for longer is looked into, and again each time that it has waited so long, in ms. */
const UNSTARTED_MS = 2_000;

/** How often a task is looked at that waits for a time, in ms. */
const PARKED_MS = 2_000;

type Call = Invocation["call"];

/** What only a newer daemon tells is optional. */
export interface RunOfTask {
  readonly runId: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  /** Counted from 1. */
  readonly stage?: number;
  readonly role?: string;
  readonly agent?: string;
  readonly gate?: string | null;
  readonly startedAt?: string | null;
  readonly endedAt?: string | null;
}

export interface TaskSeen extends Story {
  readonly taskId: string;
  readonly state: string;
  readonly settled: boolean;
  readonly parked: { readonly reason: string; readonly note: string | null; readonly until: string | null } | null;
  readonly endReason: string | null;
  readonly notBefore: string | null;
  /** The newest first. */
  readonly runs: readonly RunOfTask[];
  readonly createdAt?: string | null;
  readonly finishedAt?: string | null;
  /** Where its agents work, when that is a worktree of its own. */
  readonly workspace?: WorkspaceSeen | null;
}

export interface WorkspaceSeen {
  readonly branch: string;
  /** Null while nobody has looked. */
  readonly changes: {
    readonly commits: number;
    readonly files: number;
    readonly insertions: number;
    readonly deletions: number;
    readonly uncommitted: number;
  } | null;
}

export interface Watching {
  readonly onRun: (run: RunOfTask, task: TaskSeen) => Promise<void>;
  /** It goes on by itself at a time: said once for each. */
  readonly onPause: (task: TaskSeen) => Promise<void>;
  /** It waits for its turn, or for other tasks: called now and then. */
  readonly onUnstarted: () => Promise<void>;
}

/** Waits until it is finished, or parked for a person: whatever goes on by itself is waited for. Runs in `seen` are known. */
export async function settledTask(
  call: Call,
  taskId: string,
  watching?: Watching,
  seen = new Set<string>(),
): Promise<TaskSeen> {
  let toldOf = "";
  let unstartedSince: number | undefined;
  for (;;) {
    const task = (await call("task.wait", { taskId, waitMs: watching ? NOTICE_MS : ASK_MS })) as TaskSeen;
    const run = task.runs.findLast(({ runId }) => !seen.has(runId));
    if (run && watching) {
      seen.add(run.runId);
      await watching.onRun(run, task);
      // What it waits for is told after all that led there, as it is by then.
      continue;
    }
    if (task.settled && !task.parked?.until) return task;
    const isUnstarted = task.state === "queued" || task.state === "blocked";
    unstartedSince = isUnstarted ? (unstartedSince ?? performance.now()) : undefined;
    if (unstartedSince !== undefined && performance.now() - unstartedSince > UNSTARTED_MS) {
      await watching?.onUnstarted();
      unstartedSince = undefined;
    }
    const pause = isUnstarted ? "" : (task.parked?.until ?? task.notBefore ?? "");
    if (pause !== "" && pause !== toldOf) await watching?.onPause(task);
    toldOf = pause;
    if (task.settled) {
      await sleep(PARKED_MS);
    }
  }
}

export interface RunSeen {
  readonly runId: string;
  readonly taskId: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly startedAt?: string | null;
  readonly endedAt?: string | null;
}

export async function endedRun(call: Call, runId: string): Promise<RunSeen> {
  for (;;) {
    const run = (await call("run.wait", { runId, waitMs: ASK_MS })) as RunSeen;
    if (run.state === "ended") return run;
  }
}

/** Asks again while the daemon is away; until it has answered once, its absence is told at once. For questions that may be repeated. */
export function patient(call: Call, { reached }: { reached: boolean }): Call {
  let known = reached;
  return async (operation, input) => {
    for (const giveUpAt = performance.now() + AWAY_MS; ; ) {
      try {
        const result = await call(operation, input);
        known = true;
        return result;
      } catch (error) {
        if (!known || !isAway(error) || performance.now() > giveUpAt) throw error;
        await sleep(RETRY_MS);
      }
    }
  };
}
