/** What everybody shares who makes, looks at or removes workspaces on this host. */

import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import { type OneByOne, oneByOne } from "../../core/one-by-one.ts";
import type { Projects } from "../../project/project.ts";
import { recordBytes, tasksWithWorkspace, type WorkspaceRow } from "../../project/workspace.store.ts";
import type { WorkspaceStep } from "../../project/workspace.ts";
import type { Store } from "../../store/store.ts";

export interface WorkspaceRoomOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => Limits;
  readonly projects: () => Projects;
  readonly hostId: number;
  /** Where worktrees are made. */
  readonly directory: string;
  /** Called after each step: tests end the daemon right there. */
  readonly onStep: (step: WorkspaceStep) => void;
}

export interface WorkspaceRoom extends WorkspaceRoomOptions {
  /** By the `.git` that its worktrees share. */
  readonly perRepository: OneByOne;
  /** Tasks that have a workspace here: whoever asks for one that has none asks no store. */
  readonly known: Set<number>;
  /** Why no new one is made now, as a sentence. */
  problem: string | undefined;
  /** When it was last looked for one that can go, in vain, in ms of the clock that only goes forward. */
  searchedAt: number | undefined;
  /** How much one takes, some time soon. */
  readonly measure: (row: Pick<WorkspaceRow, "task_id" | "host_id" | "path">) => void;
  /** Ends what is measured. */
  stop(): Promise<void>;
}

/** A tree that takes longer to count is not counted, in ms. */
const MEASURE_MS = 60_000;

export async function openWorkspaceRoom(options: WorkspaceRoomOptions): Promise<WorkspaceRoom> {
  const { store, log, hostId } = options;
  const stopping = new AbortController();
  const measuring = oneByOne();
  let measured: Promise<unknown> = Promise.resolve();
  return {
    ...options,
    perRepository: oneByOne(),
    known: new Set(await tasksWithWorkspace(store.read, hostId)),
    problem: undefined,
    searchedAt: undefined,
    measure(row) {
      measured = measuring("", async () => {
        const bytes = await treeBytes(row.path, stopping.signal);
        if (bytes !== undefined && !stopping.signal.aborted) await store.write((tx) => recordBytes(tx, row, bytes));
      }).catch((error: unknown) => log.warn("a workspace could not be measured", { path: row.path, error }));
    },
    async stop() {
      stopping.abort();
      await measured;
    },
  };
}

/** That its project's setup succeeded: written by whoever ran it, and not into the worktree, which is the agent's. */
export function setUpMark(path: string): string {
  return join(dirname(path), ".set-up", basename(path));
}

export function forgetSetUp(path: string): void {
  mkdirSync(dirname(setUpMark(path)), { recursive: true, mode: 0o700 });
  rmSync(setUpMark(path), { force: true, recursive: true });
}

export function taskName(row: Pick<WorkspaceRow, "task_id">): string {
  return publicId("task", row.task_id);
}

/** As du(1) counts, on this file system; undefined when it cannot. */
function treeBytes(path: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn("du", ["-skx", "--", path], {
      ...{ signal, timeout: MEASURE_MS, killSignal: "SIGKILL" as const },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", () => resolve(undefined));
    // What it may not look into it says on the other channel, and counts the rest.
    child.once("close", () => {
      const kib = /^(\d+)\s/.exec(said)?.[1];
      resolve(kib === undefined ? undefined : Number(kib) * 1024);
    });
  });
}
