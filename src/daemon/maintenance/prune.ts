/** Retention: forgets what is older than the limits say, a little at a time, and only when the clock can be believed. */
import { forgetRequests } from "../../access/request-retention.store.ts";
import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { refuse } from "../../core/refusal.ts";
import { forgetEvents, lastEvent } from "../../event/event-retention.store.ts";
import { removeRunDirectories } from "../../run/retention/run-directory-retention.ts";
import { removeSessions } from "../../run/retention/session-retention.ts";
import { forgetTasks } from "../../run/retention/task-retention.store.ts";
import { removeFinished } from "../../run/workspace/disk-limit.ts";
import type { WorkspaceRoom } from "../../run/workspace/workspace-room.ts";
import type { Store } from "../../store/store.ts";
import type { Duty } from "./duty.ts";
import type { TimeSense } from "./trusted-time.ts";

export interface PruneRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => Limits;
  readonly runsDirectory: string;
  readonly exitsDirectory: string;
  readonly sessionsDirectory: string;
  readonly workspaces: WorkspaceRoom;
  readonly time: TimeSense;
  readonly isStopping: () => boolean;
}

export interface Pruned {
  readonly events: number;
  readonly tasks: number;
  readonly runs: number;
  readonly runDirectories: number;
  /** What agents' programs kept for finished tasks, by tasks. */
  readonly sessions: number;
  readonly strays: number;
  /** Of old tasks, that held nothing of their own. */
  readonly workspaces: number;
  /** Named requests, by their writes. */
  readonly requests: number;
  /** Files that could not be removed, and why. */
  readonly failed: readonly string[];
}

const EVERY_MS = 3600_000;
const DAY_MS = 24 * 3600_000;

/** Refuses with `conflict` while the wall clock is doubted. Directories go before the rows that know them. */
export async function prune(room: PruneRoom, { dryRun }: { readonly dryRun: boolean }): Promise<Pruned> {
  const { store, clock, log, limits, time, isStopping } = room;
  if (!time.isTrusted((await lastEvent(store.read))?.at) && !dryRun) {
    refuse(
      "conflict",
      "The wall clock is more than a day ahead of everything seen so far, and nothing is removed by it.",
      {
        hint: "Set it right. If it is right, ask again in an hour: a clock that goes evenly is believed.",
      },
    );
  }
  const now = clock.now();
  const { eventRetentionDays, finishedTaskDays, runDirectoryDays, requestIdDays } = limits();
  const daysAgo = (days: number) => now - days * DAY_MS;
  const common = { dryRun, isStopping };
  const directories = await removeRunDirectories({ ...room, ...common, now, before: daysAgo(runDirectoryDays) });
  const { sessions, failed: stuck } = await removeSessions({ ...room, ...common, before: daysAgo(runDirectoryDays) });
  const old = { ...common, before: daysAgo(finishedTaskDays) };
  const workspaces = await removeFinished(room.workspaces, old);
  const forgotten = await forgetTasks(store, old);
  const events = await forgetEvents(store, { ...common, before: daysAgo(eventRetentionDays) });
  const requests = await forgetRequests(store, { ...common, before: daysAgo(requestIdDays) });
  const all = { ...directories, sessions, failed: [...directories.failed, ...stuck] };
  const pruned = { ...all, workspaces, ...forgotten, events, requests };
  const { failed, ...counts } = pruned;
  if (!dryRun && Object.values(counts).some((n) => n > 0)) log.info("what was old was removed", counts);
  return pruned;
}

/** A clock that is doubted is no failure: the duty looks again. */
export function pruneDuty({ log }: PruneRoom, perform: () => Promise<Pruned>): Duty {
  return {
    name: "removal of old runs",
    everyMs: EVERY_MS,
    async run() {
      const { failed } = await perform().catch((error: Error & { code?: string }) => {
        if (error.code !== "conflict") throw error;
        log.warn("nothing old was removed", { why: error.message });
        return { failed: [] };
      });
      if (failed[0] === undefined) return;
      throw new Error(`${failed.length} files or directories could not be removed; the first: ${failed[0]}`);
    },
  };
}
