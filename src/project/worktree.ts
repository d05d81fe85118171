/** The worktree of a task: made, made anew, found again, removed. The user's own checkout, index and branches stay as they are. */

import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { removeTree } from "../core/remove-tree.ts";
import { complaint, type Git, gitIn, say } from "./git.ts";
import { CHECKOUT_MS, GitFailure, NeedsPerson } from "./git-process.ts";
import { commitOf } from "./repository.ts";
import { branchNames, isFreeBranch } from "./workspace.ts";

export interface Worktree {
  readonly path: string;
  readonly branch: string;
  readonly base: string;
}

/** A path and a branch that nobody has. */
export async function freeNames(git: Git, task: string, directory: string): Promise<Pick<Worktree, "path" | "branch">> {
  const refs = await say(git, ["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/steward*"]);
  const more = await say(git, ["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/steward/"]);
  const taken = `${refs}\n${more}`.split("\n").filter(Boolean);
  const branch = branchNames(task).find((name) => isFreeBranch(name, taken));
  const path = branchNames(task)
    .filter((name) => name.startsWith("steward/"))
    .map((name) => join(directory, name.slice("steward/".length)))
    .find((candidate) => !isThere(candidate));
  if (branch === undefined || path === undefined)
    throw new NeedsPerson(`there are too many branches or directories called ${task}`);
  return { branch, path };
}

/** Makes it, whatever an earlier try left: no agent ever worked in what is there. The branch is made at the base unless it is there. */
export async function addWorktree(git: Git, { path, branch, base }: Worktree, signal?: AbortSignal): Promise<void> {
  await dropWorktree(git, path);
  const at = await commitOf(git, `refs/heads/${branch}`);
  const which = at === undefined ? ["--no-track", "-b", branch, path, base] : [path, branch];
  const args = ["worktree", "add", "--quiet", ...which];
  const answer = await git(args, { changes: true, timeoutMs: CHECKOUT_MS, signal });
  if (answer.code !== 0) throw new GitFailure(complaint(args, answer));
}

/** Takes the directory away with all that is in it, and git's word of it. Nobody else's worktrees are looked at, as `git worktree prune` would. */
export async function dropWorktree(git: Git, path: string): Promise<void> {
  await removeTree(path);
  const args = ["worktree", "remove", "--force", "--force", path];
  const answer = await git(args, { changes: true });
  if (answer.code !== 0 && !answer.stderr.includes("is not a working tree"))
    throw new GitFailure(complaint(args, answer));
}

/** True when git no longer has it. One that is checked out somewhere stays. */
export async function dropBranch(git: Git, branch: string): Promise<boolean> {
  if ((await commitOf(git, `refs/heads/${branch}`)) === undefined) return true;
  return (await git(["branch", "--quiet", "-D", branch], { changes: true })).code === 0;
}

/**
 * An agent worked in it before: it is used again as it is. False when its directory is gone. Throws `GitFailure` for a directory
 * that git does not know: what is in it is nobody's to remove.
 */
export async function findWorktree(
  git: Git,
  { path, branch, base, repository }: Worktree & { readonly repository: string },
  lastHead: string | undefined,
): Promise<boolean> {
  if (!isThere(path)) return false;
  let whose = await whoseIs(path, repository);
  if (whose === "nobody's") {
    await git(["worktree", "repair", path], { changes: true });
    whose = await whoseIs(path, repository);
  }
  if (whose !== "its own") {
    throw new NeedsPerson(
      `the workspace ${path} is there, but is no worktree of ${repository} any more: see what is in it and remove it`,
    );
  }
  const own = await gitIn(path);
  if ((await commitOf(own, "HEAD")) === undefined) await restoreBranch(own, branch, [lastHead, base]);
  return true;
}

/** Somebody deleted the branch under the worktree: the files are all there, and it is put back where it was seen last. */
async function restoreBranch(own: Git, branch: string, commits: readonly (string | undefined)[]): Promise<void> {
  for (const commit of commits) {
    if (commit === undefined || (await commitOf(own, commit)) === undefined) continue;
    const on = await own(["symbolic-ref", "--quiet", "HEAD"]);
    if (on.stdout.toString("utf8").trim() !== `refs/heads/${branch}`) return;
    await say(own, ["update-ref", `refs/heads/${branch}`, commit, ""], { changes: true });
    return;
  }
}

/**
 * Its own: a directory in which git works with what the repository keeps for exactly this worktree. Whose files lead to the user's
 * checkout or to the workspace of another task, by a link or by their `.git`, is another's: Steward would work on theirs.
 */
async function whoseIs(path: string, repository: string): Promise<"its own" | "another's" | "nobody's"> {
  if (lstatSync(path).isSymbolicLink()) return "another's";
  // Without its own `.git` git would find another repository around it.
  if (!isThere(join(path, ".git"))) return "nobody's";
  const own = await gitIn(path).catch(() => undefined);
  const common = await directoryOf(own, "--git-common-dir");
  const directory = await directoryOf(own, "--git-dir");
  if (common === undefined || directory === undefined) return "nobody's";
  if (common !== repository || dirname(directory) !== join(repository, "worktrees")) return "another's";
  const named = realOf(resolve(directory, readFileSync(join(directory, "gitdir"), "utf8").replace(/\n$/, "")));
  // What it says itself of where its files are is out of date when they were moved.
  if (named === undefined) return "nobody's";
  return named === realOf(join(path, ".git")) ? "its own" : "another's";
}

async function directoryOf(git: Git | undefined, which: string): Promise<string | undefined> {
  const answer = await git?.(["rev-parse", "--path-format=absolute", which]);
  return answer?.code === 0 ? realOf(answer.stdout.toString("utf8").replace(/\n$/, "")) : undefined;
}

function realOf(path: string): string | undefined {
  return isThere(path) ? realpathSync.native(path) : undefined;
}

export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
