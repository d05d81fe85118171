/** Where a run works: in the worktree of its task, made when its first run is launched, or in the directory itself. */

import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Agent } from "../../agent/agent.ts";
import { publicId } from "../../core/ids.ts";
import { realOr } from "../../core/real-path.ts";
import { subscribe } from "../../event/event.store.ts";
import type { Git } from "../../project/git.ts";
import { GitFailure, NeedsPerson } from "../../project/git-process.ts";
import { trustedSetup } from "../../project/project.store.ts";
import { projectNameOf, setupCommand } from "../../project/project.ts";
import { type Checkout, commitOf, findCheckout, openCheckout, type Repository } from "../../project/repository.ts";
import {
  changesOf,
  type NewWorkspace,
  recordMaking,
  recordReady,
  type WorkspaceRow,
  workspaceOf,
} from "../../project/workspace.store.ts";
import type { WorkspaceMode } from "../../project/workspace.ts";
import { baseCommit, type Tip, tipOf } from "../../project/workspace-base.ts";
import { addWorktree, dropWorktree, findWorktree, freeNames, isThere } from "../../project/worktree.ts";
import { needsOf } from "../../task/need.store.ts";
import type { TaskDetailRow } from "../../task/task.store.ts";
import { type Place, Unlaunchable } from "../prepare.ts";
import type { RunRow } from "../run.store.ts";
import type { RunFiles } from "../run-files.ts";
import { assertRoom } from "./disk-limit.ts";
import { finishRemoval } from "./removal.ts";
import { forgetSetUp, setUpMark, taskName, type WorkspaceRoom } from "./workspace-room.ts";

export interface Placing {
  readonly run: RunRow;
  readonly detail: TaskDetailRow;
  readonly agent: Pick<Agent, "cwd" | "workspace">;
  readonly files: RunFiles;
  /** The daemon stops: what was begun is left to the next one. */
  readonly stopping: AbortSignal;
}

const IN_PLACE = 'or let it work in the directory itself (workspace: "directory")';

/** Undefined where there is no repository or none is wanted: then nothing was looked up but the directory. Throws `Unlaunchable`. */
export async function placeOf(room: WorkspaceRoom, placing: Placing): Promise<Place | undefined> {
  const { detail, agent } = placing;
  const directory = detail.cwd ?? agent.cwd;
  const mode: WorkspaceMode = detail.workspace ?? agent.workspace ?? "worktree";
  const checkout = directory === undefined || mode === "directory" ? undefined : findCheckout(directory);
  const place = checkout && (await inWorktree(room, placing, checkout));
  // A first run has nothing to go on with: no look at the store for the many that never have a worktree.
  if (place === undefined && mode === "worktree" && placing.run.number > 1)
    await assertNeverHadOne(room, placing, directory);
  if (place === undefined && detail.workspace === "worktree") throw noRepository(directory, checkout);
  return place;
}

/** Its work so far lies on a branch: whoever goes on in the directory itself goes on without it, and on the user's files. */
async function assertNeverHadOne(room: WorkspaceRoom, { run }: Placing, directory: string | undefined): Promise<void> {
  const row = await workspaceOf(room.store.read, run.task_id, room.hostId);
  if (row === undefined) return;
  const reason = `its work is on ${row.branch} of ${row.checkout}, and ${directory ?? "its directory"} is in no git repository any more`;
  throw new Unlaunchable({ outcome: "failed", reason, needsPerson: true });
}

/** Its task asks for a worktree by name: to work in the directory itself is not what was wanted. */
function noRepository(directory: string | undefined, checkout: Checkout | undefined): Unlaunchable {
  const why = checkout ? "git ignores it" : "it lies in no git repository";
  const what = directory === undefined ? "neither the task nor its agent names a directory" : `${directory}: ${why}`;
  const reason = `its worktree could not be made: ${what}; \`--cwd\` names one, ${IN_PLACE}`;
  return new Unlaunchable({ outcome: "failed", reason, permanent: true });
}

async function inWorktree(room: WorkspaceRoom, placing: Placing, checkout: Checkout): Promise<Place | undefined> {
  const { run, stopping } = placing;
  const unwanted = new AbortController();
  const stopListening = subscribe(room.store, ({ topic, runId }) => {
    if (topic === "run.stop_requested" && runId === run.id) unwanted.abort();
  });
  const signal = AbortSignal.any([stopping, unwanted.signal]);
  try {
    const known = await workspaceOf(room.store.read, run.task_id, room.hostId);
    if (known?.state !== "ready") await assertRoom(room);
    const repository = await openCheckout(checkout);
    return await room.perRepository(repository.common, async () => {
      const row = await worktreeFor(room, run, repository, signal);
      return row && (await placeIn(room, row, placing));
    });
  } catch (error) {
    throw signal.aborted
      ? new Unlaunchable({ outcome: "never_started", reason: "it was stopped before it began" })
      : unlaunchable(error);
  } finally {
    stopListening();
  }
}

function unlaunchable(error: unknown): unknown {
  if (!(error instanceof GitFailure)) return error;
  const reason = `its workspace could not be made: ${error.message}`;
  if (!(error instanceof NeedsPerson)) return new Unlaunchable({ outcome: "failed", reason });
  const told = `${reason}; ${IN_PLACE}`;
  return new Unlaunchable({ outcome: "failed", reason: told, permanent: true, needsPerson: true });
}

/** The one that is there, or a new one; undefined for a directory that git ignores, and that is not its business. */
async function worktreeFor(
  room: WorkspaceRoom,
  run: RunRow,
  repository: Repository,
  signal: AbortSignal,
): Promise<NewWorkspace | undefined> {
  const { git, common } = repository;
  const row = await workspaceOf(room.store.read, run.task_id, room.hostId);
  if (row && row.state !== "removed" && row.repository !== common) {
    throw new NeedsPerson(
      `it has one of another repository (${row.checkout}): \`steward workspace remove ${taskName(row)}\` first`,
    );
  }
  if (row?.state === "removing") await finishRemoval(room, row);
  if (row?.state === "ready" && (await findWorktree(git, row, changesOf(row)?.head))) return row;
  if (row?.state === "making") await dropWorktree(git, row.path);
  const again = row && (await namesAgain(git, row));
  const base = again?.base ?? (await baseCommit(git, repository.head, await tipsOfNeeds(room, run, repository)));
  if (!(await hasDirectory(repository, base))) return undefined;
  const names = again ?? (await freeNames(git, publicId("task", run.task_id), room.directory));
  return await make(room, run, repository, { path: names.path, branch: names.branch, base }, signal);
}

/** A half-made one keeps its names, and one that was taken away goes on with its branch. */
async function namesAgain(git: Git, { state, path, branch, base }: WorkspaceRow) {
  const at = await commitOf(git, `refs/heads/${branch}`);
  const isOurs = state === "making" ? at === undefined || at === base : at !== undefined;
  if (!isOurs || (await commitOf(git, base)) === undefined || isThere(path)) return undefined;
  return { path, branch, base };
}

async function make(
  room: WorkspaceRoom,
  run: RunRow,
  { git, common, root, subdirectory }: Repository,
  worktree: { path: string; branch: string; base: string },
  signal: AbortSignal,
): Promise<NewWorkspace> {
  const { store, hostId, onStep } = room;
  const made: NewWorkspace = {
    ...worktree,
    ...{ task_id: run.task_id, host_id: hostId, repository: common, checkout: root, subdirectory },
  };
  await store.write((tx) => recordMaking(tx, made));
  room.known.add(run.task_id);
  onStep("workspace-recorded");
  forgetSetUp(worktree.path);
  await addWorktree(git, worktree, signal);
  onStep("workspace-added");
  const about = { actor: `agent:${run.agent}`, projectId: run.project_id, runId: run.id };
  await store.write((tx) => recordReady(tx, made, about));
  onStep("workspace-ready");
  room.measure(made);
  return made;
}

/** What is in no commit would be missing. A directory that is ignored is none of git's: the agent works there as it is. */
async function hasDirectory({ git, root, subdirectory }: Repository, base: string): Promise<boolean> {
  if (subdirectory === "") return true;
  const kind = await git(["cat-file", "-t", `${base}:${subdirectory}`]);
  if (kind.code === 0 && kind.stdout.toString("utf8").trim() === "tree") return true;
  // This one takes names only, and says so when it is told to.
  const env = { GIT_LITERAL_PATHSPECS: "0" };
  const ignored = await git(["check-ignore", "--quiet", "--", join(root, subdirectory)], { env });
  if (ignored.code === 0) return false;
  throw new NeedsPerson(
    `${join(root, subdirectory)} is not in commit ${base.slice(0, 12)} of ${root}: commit it first`,
  );
}

/** Of those that completed, in their own order: what is checked out in their workspace now, a person may have worked on it since. */
async function tipsOfNeeds(room: WorkspaceRoom, run: RunRow, { git, common }: Repository): Promise<Tip[]> {
  const tips: Tip[] = [];
  for (const { on_task_id, state } of await needsOf(room.store.read, run.task_id)) {
    const row = state === "completed" ? await workspaceOf(room.store.read, on_task_id, room.hostId) : undefined;
    if (!row || row.repository !== common) continue;
    const left = changesOf(row)?.head;
    const current = row.state === "ready" ? await currentHead(git, row) : undefined;
    const commit = await tipOf(git, [current, `refs/heads/${row.branch}`, left]);
    if (commit !== undefined) tips.push({ branch: row.branch, commit });
  }
  return tips;
}

async function currentHead(git: Git, { path }: WorkspaceRow): Promise<string | undefined> {
  if (!isThere(join(path, ".git"))) return undefined;
  const answer = await git(["-C", path, "rev-parse", "--verify", "--quiet", "HEAD"]);
  return answer.code === 0 ? answer.stdout.toString("utf8").trim() : undefined;
}

async function placeIn(room: WorkspaceRoom, row: NewWorkspace, { files }: Placing): Promise<Place> {
  const cwd = join(row.path, row.subdirectory);
  const env = { STEWARD_WORKSPACE: row.path, STEWARD_REPOSITORY: row.checkout };
  const projects = room.projects();
  const name = projectNameOf(join(row.checkout, row.subdirectory), projects, realOr);
  const project = name === undefined ? undefined : projects[name];
  const wanted = project?.setup ?? (name === undefined ? undefined : await trustedSetup(room.store.read, name));
  const command = wanted === undefined ? undefined : setupCommand(wanted);
  const done = setUpMark(row.path);
  if (!project || !command || existsSync(done)) return { cwd, branch: row.branch, env };
  const below = relative(row.checkout, realOr(project.directory));
  const isWithin = below !== ".." && !below.startsWith(`..${sep}`);
  const setup = {
    argv: command,
    cwd: isWithin ? join(row.path, below) : row.path,
    log: files.setupLog,
    failed: files.setupFailed,
    ended: files.setupEnded,
    done,
  };
  return { cwd, branch: row.branch, env, setup };
}
