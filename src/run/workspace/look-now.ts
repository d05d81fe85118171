/** What is in many workspaces at this moment, as far as a short time allows: of the others their last look counts. */
import type { WorkspaceRow } from "../../project/workspace.store.ts";
import type { Changes } from "../../project/workspace.ts";
import { changesIn } from "../../project/workspace-changes.ts";

/** For all of them together, in ms: somebody waits for the list. */
const LOOK_MS = 3_000;
/** Looked into at the same time. */
const AT_ONCE = 4;

/** By task. One that nobody can look into, or not in time, is left out. */
export async function lookNow(rows: readonly WorkspaceRow[], limitMs = LOOK_MS): Promise<Map<number, Changes>> {
  const seen = new Map<number, Changes>();
  const left = rows.filter(({ state }) => state === "ready");
  const signal = AbortSignal.timeout(limitMs);
  const lookOn = async () => {
    for (let row = left.shift(); row && !signal.aborted; row = left.shift()) {
      try {
        seen.set(row.task_id, await changesIn(row.path, row.base, signal));
      } catch {
        // What an agent has taken apart, or what takes too long, is told as it was last seen.
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
  return seen;
}
