/** After a run: what it left in its workspace, as long as somebody can look. */

import { publicId } from "../../core/ids.ts";
import { recordChanges, workspaceOf } from "../../project/workspace.store.ts";
import { changesIn } from "../../project/workspace-changes.ts";
import type { Tx } from "../../store/store.ts";
import type { RunRow } from "../run.store.ts";
import type { WorkspaceRoom } from "./workspace-room.ts";

/** What is to be written with its end; undefined where it had no workspace. Costs nothing then. */
export async function lookAfterRun(room: WorkspaceRoom, run: RunRow): Promise<((tx: Tx) => Promise<void>) | undefined> {
  if (!room.known.has(run.task_id)) return undefined;
  try {
    const row = await workspaceOf(room.store.read, run.task_id, room.hostId);
    if (row?.state !== "ready") return undefined;
    const changes = await changesIn(row.path, row.base);
    room.measure(row);
    return (tx) => recordChanges(tx, row, changes);
  } catch (error) {
    // An agent may have taken its worktree apart: the end of its run is recorded all the same.
    room.log.warn("what a run left in its workspace could not be looked at", { run: publicId("run", run.id), error });
    return undefined;
  }
}
