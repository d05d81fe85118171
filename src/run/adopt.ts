/** After a restart: what became of the runs that an earlier daemon of this home left behind. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publicId } from "../core/ids.ts";
import { Refusal } from "../core/refusal.ts";
import { taskDetail } from "../task/task.store.ts";
import { type Launching, runTimes } from "./launch-run.ts";
import { type LiveRun, superviseRun } from "./live-run.ts";
import { hasPassedGate, removeLaunchFile } from "./process/launch-file.ts";
import { identityOf, liveRunsOfHost, type RunRow } from "./run.store.ts";
import { runFiles } from "./run-files.ts";
import { settleRun } from "./settle.ts";

export interface Adopted {
  readonly live: number;
  readonly ended: number;
}

/** Every run of this host is taken over alive or its end is recorded. Resolves when all are looked at; ends are recorded meanwhile. */
export async function adoptRuns(all: Launching, hostId: number, onLive: (live: LiveRun) => void): Promise<Adopted> {
  const runs = await liveRunsOfHost(all.store.read, hostId);
  let living = 0;
  for (const run of runs) {
    removeLaunchFile(runFiles(all.runsDirectory, run.id).directory);
    try {
      if (await adoptRun(all, run, onLive)) living++;
    } catch (error) {
      // Without its store nothing can be taken over: the next daemon does it.
      if (error instanceof Refusal && error.code === "unavailable") throw error;
      // One run that cannot be looked at must not keep the others, or the daemon, from going on.
      all.log.error("a run could not be taken over", { run: publicId("run", run.id), error });
    }
  }
  forgetExits(all.exitsDirectory, runs);
  return { live: living, ended: runs.length - living };
}

/** A daemon that died between recording an end and removing its file left the file behind. */
function forgetExits(exitsDirectory: string, live: readonly RunRow[]): void {
  const needed = new Set(live.map(({ id }) => publicId("run", id)));
  for (const name of readdirSync(exitsDirectory)) {
    if (!needed.has(name)) rmSync(join(exitsDirectory, name), { force: true, recursive: true });
  }
}

/** True when its agent still runs. */
async function adoptRun(all: Launching, run: RunRow, onLive: (live: LiveRun) => void): Promise<boolean> {
  const identity = identityOf(run);
  const files = runFiles(all.runsDirectory, run.id);
  if (!identity) {
    // The wrapper was never let go: it read the end of its line when its daemon died, and is gone.
    await settleRun(all, run, { exit: undefined, files, printed: () => "", known: NEVER_STARTED });
    return false;
  }
  const agent = all.catalog.current().agents.get(run.agent)?.body;
  const { timeout_seconds } = await taskDetail(all.store.read, run.task_id);
  const live = superviseRun(all, run, identity, runTimes(all, run, agent, timeout_seconds));
  onLive(live);
  const isAlive = live.isAlive();
  if (isAlive && hasPassedGate(files.directory)) await live.started();
  if (!isAlive) void live.exited();
  else if (run.stop_reason !== null) void live.stop(run.stop_reason);
  all.log.info(isAlive ? "run adopted" : "run ended while no daemon lived", {
    run: publicId("run", run.id),
    pid: identity.pid,
  });
  return isAlive;
}

const NEVER_STARTED = { outcome: "never_started", reason: "the daemon ended before it let the agent go" } as const;
