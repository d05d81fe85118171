/** Workspaces that hold nothing of their own go by themselves: when all together take too much, and when their tasks are old. */
import { listRemovable, workspaceBytes } from "../../project/workspace.store.ts";
import { Unlaunchable } from "../prepare.ts";
import { removeIfSafe } from "./removal.ts";
import type { WorkspaceRoom } from "./workspace-room.ts";

/** Looked at in one go. */
const MAX_LOOKED_AT = 200;
/** When nothing could go, it is looked again after this, in ms. */
const SEARCH_AGAIN_MS = 60_000;

/** Before a new one is made: those of finished tasks go that hold nothing of their own, the oldest first. Throws `Unlaunchable`: the task waits. */
export async function assertRoom(room: WorkspaceRoom): Promise<void> {
  const { store, hostId, limits, clock } = room;
  const max = limits().workspacesBytes;
  let bytes = await workspaceBytes(store.read, hostId);
  const searchedLately = room.searchedAt !== undefined && clock.monotonic() - room.searchedAt < SEARCH_AGAIN_MS;
  if (bytes >= max && !searchedLately) {
    await removeFinished(room, { isEnough: (freed) => bytes - freed < max });
    bytes = await workspaceBytes(store.read, hostId);
    if (bytes >= max) room.searchedAt = clock.monotonic();
  }
  room.problem = bytes < max ? undefined : fullSentence(bytes, max);
  if (room.problem === undefined) return;
  throw new Unlaunchable({ outcome: "never_started", reason: room.problem, waitsFor: "workspace" });
}

function fullSentence(bytes: number, max: number): string {
  const mib = (n: number) => `${Math.floor(n / 2 ** 20)} MiB`;
  return `Workspaces take ${mib(bytes)}, and limits.workspacesBytes is ${mib(max)}: no new one is made. \`steward workspace list\` shows them.`;
}

export interface RemoveFinished {
  /** Of tasks that finished before it, epoch ms. Default: of all finished ones. */
  readonly before?: number;
  /** Bytes that were freed: is that enough? */
  readonly isEnough?: (freed: number) => boolean;
  /** Only count. */
  readonly dryRun?: boolean;
  readonly isStopping?: () => boolean;
}

/** Their branches stay. Returns how many went. */
export async function removeFinished(room: WorkspaceRoom, options: RemoveFinished = {}): Promise<number> {
  const {
    before = Number.MAX_SAFE_INTEGER,
    isEnough = () => false,
    dryRun = false,
    isStopping = () => false,
  } = options;
  let gone = 0;
  let freed = 0;
  for (const row of await listRemovable(room.store.read, { hostId: room.hostId, before, limit: MAX_LOOKED_AT })) {
    if (isEnough(freed) || isStopping()) break;
    if (!(await removeIfSafe(room, row, dryRun))) continue;
    gone++;
    freed += row.bytes ?? 0;
  }
  return gone;
}
