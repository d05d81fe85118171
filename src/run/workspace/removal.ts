/** Removes workspaces: never what nobody else has, unless told to. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { publicId } from "../../core/ids.ts";
import { refuse } from "../../core/refusal.ts";
import { type Git, gitIn } from "../../project/git.ts";
import { GitFailure } from "../../project/git-process.ts";
import { commitOf } from "../../project/repository.ts";
import {
  listRemoving,
  recordRemoved,
  recordRemoving,
  type WorkspaceRow,
  workspaceOf,
} from "../../project/workspace.store.ts";
import { lossOf } from "../../project/workspace.ts";
import { onlyHere } from "../../project/workspace-changes.ts";
import { dropBranch, dropWorktree, isThere } from "../../project/worktree.ts";
import { liveRunOfTask } from "../run.store.ts";
import { setUpMark, taskName, type WorkspaceRoom } from "./workspace-room.ts";

export interface Remove {
  readonly actor: string;
  /** Also what nobody else has. */
  readonly force: boolean;
  /** Its commits stay on their branch. */
  readonly keepBranch: boolean;
}

export interface Removed {
  readonly row: WorkspaceRow;
  readonly branchKept: boolean;
  readonly head: string | null;
  readonly lost: readonly string[];
}

/** Refuses with `conflict` while its task runs, and where something would be lost. */
export async function removeWorkspace(room: WorkspaceRoom, of: WorkspaceRow, how: Remove): Promise<Removed> {
  return await room.perRepository(of.repository, async () => {
    const row = await stillThere(room, of);
    if (!row) return refuse("not_found", `${taskName(of)} has no workspace.`);
    if (await liveRunOfTask(room.store.read, row.task_id)) {
      refuse("conflict", `${taskName(row)} is at work in it.`, {
        hint: `\`steward task cancel ${taskName(row)}\` first.`,
      });
    }
    const lost = await lossIn(row, how.keepBranch);
    if (lost.length > 0 && !how.force) {
      refuse("conflict", `The workspace of ${taskName(row)} holds ${lost.join(", and ")}.`, {
        hint: `See \`steward workspace diff ${taskName(row)}\`; merge or push ${row.branch}, or remove it with --force${
          how.keepBranch ? "" : " (--keep-branch keeps the commits)"
        }.`,
        data: { lost },
      });
    }
    return await remove(room, row, { ...how, lost });
  });
}

/** Half removed by a daemon that ended: what is left of it goes, and the branch stays, for nobody knows any more what was wanted. */
export async function finishRemoval(room: WorkspaceRoom, row: WorkspaceRow): Promise<void> {
  await remove(room, row, { actor: "host:workspaces", keepBranch: true, lost: [] });
}

/** What an earlier daemon began to remove. */
export async function finishRemovals(room: WorkspaceRoom): Promise<void> {
  for (const row of await listRemoving(room.store.read, room.hostId)) {
    try {
      await room.perRepository(row.repository, async () => {
        if ((await stillThere(room, row))?.state === "removing") await finishRemoval(room, row);
      });
    } catch (error) {
      room.log.warn("a workspace could not be removed to the end", { task: taskName(row), path: row.path, error });
    }
  }
}

async function remove(
  room: WorkspaceRoom,
  row: WorkspaceRow,
  { actor, keepBranch, lost }: Pick<Remove, "actor" | "keepBranch"> & { readonly lost: readonly string[] },
): Promise<Removed> {
  const git = await gitFor(row);
  const head = (await headOf(git, row)) ?? null;
  await room.store.write((tx) => recordRemoving(tx, row));
  room.onStep("workspace-removing");
  if (git) await dropWorktree(git, row.path);
  else await rm(row.path, { recursive: true, force: true });
  await rm(setUpMark(row.path), { force: true });
  const branchKept = keepBranch || !git || !(await dropBranch(git, row.branch));
  const removal = { branchKept, head, lost };
  const { project_id } = (await projectOfTask(room, row)) ?? { project_id: null };
  await room.store.write((tx) => recordRemoved(tx, row, removal, { actor, projectId: project_id }));
  room.known.delete(row.task_id);
  room.searchedAt = undefined;
  return { row, ...removal };
}

function projectOfTask({ store }: WorkspaceRoom, { task_id }: WorkspaceRow) {
  return store.read.get<{ project_id: number }>("SELECT project_id FROM task WHERE id = ?", task_id);
}

async function headOf(git: Git | undefined, { path, branch }: WorkspaceRow): Promise<string | undefined> {
  const own = isThere(join(path, ".git")) ? await gitIn(path).catch(() => undefined) : undefined;
  return (own && (await commitOf(own, "HEAD"))) ?? (git && (await commitOf(git, `refs/heads/${branch}`)));
}

async function lossIn(row: WorkspaceRow, keepBranch: boolean): Promise<string[]> {
  if (row.state !== "ready") return [];
  const git = await gitFor(row);
  if (!git) return isThere(row.path) ? [`what is in ${row.path}, whose repository is gone`] : [];
  try {
    const branchStays = keepBranch && (await isOnBranch(row));
    return lossOf(await onlyHere(git, row.path, row.branch), branchStays);
  } catch (error) {
    if (error instanceof GitFailure) return [`what nobody can look at (${error.message})`];
    throw error;
  }
}

/** Commits that stand on no branch go with the worktree, whatever becomes of its own branch. */
async function isOnBranch({ path, branch }: WorkspaceRow): Promise<boolean> {
  if (!isThere(join(path, ".git"))) return true;
  const git = await gitIn(path);
  const head = await commitOf(git, "HEAD");
  const answer = head && (await git(["merge-base", "--is-ancestor", head, `refs/heads/${branch}`]));
  return !answer || answer.code === 0;
}

/** Git where the repository can be asked; undefined when it is gone. */
async function gitFor({ checkout, path }: WorkspaceRow): Promise<Git | undefined> {
  for (const place of [checkout, path]) {
    if (!isThere(join(place, ".git"))) continue;
    const git = await gitIn(place);
    if ((await git(["rev-parse", "--git-dir"])).code === 0) return git;
  }
  return undefined;
}

async function stillThere(
  { store, hostId }: WorkspaceRoom,
  { task_id }: WorkspaceRow,
): Promise<WorkspaceRow | undefined> {
  const row = await workspaceOf(store.read, task_id, hostId);
  return row?.state === "removed" ? undefined : row;
}

/** When nothing would be lost with it; its branch stays. Returns whether it went, or would. */
export async function removeIfSafe(room: WorkspaceRoom, of: WorkspaceRow, dryRun: boolean): Promise<boolean> {
  try {
    return await room.perRepository(of.repository, async () => {
      const row = await stillThere(room, of);
      if (!row || (await lossIn(row, false)).length > 0) return false;
      if (!dryRun) await remove(room, row, { actor: "host:workspaces", keepBranch: true, lost: [] });
      return true;
    });
  } catch (error) {
    room.log.warn("a workspace could not be removed", { task: publicId("task", of.task_id), path: of.path, error });
    return false;
  }
}
