/** Ends what the demo started and nothing else: its runs, then its daemon, then its files. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Asking, ask } from "./ask.ts";
import type { Place } from "./place.ts";
import { steward } from "./steward.ts";

/** How long runs that were cancelled may take to end, and how often that is looked at, in ms. */
const RUNS_LIMIT_MS = 10_000;
const LOOK_MS = 50;

const FINAL = new Set(["completed", "failed", "cancelled"]);

/** Throws when the daemon cannot be stopped; its files stay then. */
export async function leave(place: Place, { started, keep }: { started: boolean; keep: boolean }): Promise<void> {
  if (started) {
    await endRuns(place.home).catch(() => endRunsOfTheDead(place.home));
    await steward(place.home, "stop");
  }
  if (!keep) place.remove();
}

async function endRuns(home: string): Promise<void> {
  const asking = ask(home);
  try {
    await cancelAll(asking);
    const deadline = performance.now() + RUNS_LIMIT_MS;
    while ((await liveRuns(asking)) > 0 && performance.now() < deadline) await sleep(LOOK_MS);
  } finally {
    asking.close();
  }
}

/** Agents outlive a daemon that was killed. The next one takes them over; where none can start, there are none. */
async function endRunsOfTheDead(home: string): Promise<void> {
  const isUp = await steward(home, "start").then(
    () => true,
    () => false,
  );
  if (isUp) await endRuns(home);
}

/** Stopping a daemon lets its agents run on: here they must not. The newest first, so that nothing takes their place. */
async function cancelAll({ call }: Asking): Promise<void> {
  const { tasks } = await call<{ tasks: { taskId: string; state: string }[] }>("task.list", { limit: 500 });
  for (const { taskId, state } of tasks) {
    // One that ended in the meantime cannot be cancelled, and need not be.
    if (!FINAL.has(state)) await call("task.cancel", { taskId }).catch(() => {});
  }
}

async function liveRuns({ call }: Asking): Promise<number> {
  const { runs } = await call<{ runs: { live: number } }>("daemon.status", {});
  return runs.live;
}
