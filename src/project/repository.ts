/** The git repository in which a directory lies. A directory in none costs a few looks at the disk and no process. */
import { lstatSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isShortage } from "../core/shortage.ts";
import { complaint, type Git, gitIn } from "./git.ts";
import { GitFailure, NeedsPerson } from "./git-process.ts";

export interface Checkout {
  /** Where its `.git` lies, without links. */
  readonly root: string;
  /** Of the directory below the root; empty for the root itself. */
  readonly subdirectory: string;
}

export interface Repository extends Checkout {
  readonly git: Git;
  /** What all its worktrees share: the same for each of them. */
  readonly common: string;
  /** The commit that is checked out there. */
  readonly head: string;
}

/** Directories above one that are looked at. */
const MAX_LEVELS = 256;

/** Undefined where there is none, or no such directory. */
export function findCheckout(directory: string): Checkout | undefined {
  const real = realPath(directory);
  let at = real;
  for (let level = 0; at !== undefined && real !== undefined && level < MAX_LEVELS; level++) {
    if (isGit(join(at, ".git"))) return { root: at, subdirectory: relative(at, real) };
    const above = dirname(at);
    at = above === at ? undefined : above;
  }
  return undefined;
}

/** Throws `GitFailure` for one that git does not take, or that has no commit yet. */
export async function openCheckout(checkout: Checkout): Promise<Repository> {
  const git = await gitIn(checkout.root);
  const args = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  const found = await git(args);
  if (found.stderr.includes("dubious ownership")) throw notTrusted(checkout.root);
  if (found.code !== 0) throw new GitFailure(complaint(args, found));
  const common = found.stdout.toString("utf8").replace(/\n$/, "");
  const head = await commitOf(git, "HEAD");
  if (head === undefined)
    throw new NeedsPerson(`the repository ${checkout.root} has no commit yet: commit something first`);
  return { ...checkout, git, common: realPath(common) ?? common, head };
}

/** Git heeds nothing that belongs to another user, unless it is told that it may. */
function notTrusted(root: string): NeedsPerson {
  return new NeedsPerson(
    `git does not trust ${root}, which is another user's: \`git config --global --add safe.directory ${root}\``,
  );
}

/** The commit that a name stands for; undefined when there is none. */
export async function commitOf(git: Git, name: string): Promise<string | undefined> {
  const { code, stdout } = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  return code === 0 ? stdout.toString("utf8").trim() : undefined;
}

/** As git sees it: an empty directory or a file of that name is none. */
function isGit(path: string): boolean {
  const found = lookAt(path);
  return found?.isDirectory() ? lookAt(join(path, "HEAD")) !== undefined : (found?.isFile() ?? false);
}

function lookAt(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}
