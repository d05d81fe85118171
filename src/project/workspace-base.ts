/** The commit that a workspace begins with: the work of what its task needs, or what is checked out. */

import { complaint, type Git, say } from "./git.ts";
import { GitFailure, NeedsPerson } from "./git-process.ts";
import { commitOf } from "./repository.ts";

/** The work of a task that is needed. */
export interface Tip {
  readonly branch: string;
  readonly commit: string;
}

/** Work that does not go together: a person has to say how. */
export class MergeConflict extends NeedsPerson {
  override readonly name = "MergeConflict";
}

/** Conflicting files that are named. */
const MAX_FILES_NAMED = 5;

/**
 * What is checked out has some of it already: then that counts. One that has more is where it begins, and the others are merged
 * into it, with nothing written but commits. Throws `MergeConflict`.
 */
export async function baseCommit(git: Git, head: string, tips: readonly Tip[]): Promise<string> {
  let base = head;
  const merged: string[] = [];
  for (const tip of tips) {
    if (await isWithin(git, tip.commit, base)) continue;
    base =
      merged.length === 0 || (await isWithin(git, base, tip.commit))
        ? tip.commit
        : await mergeOf(git, base, tip, merged);
    merged.push(tip.branch);
  }
  return base;
}

/** The commit that stands for somebody's work; undefined when nothing of it is left. */
export async function tipOf(git: Git, candidates: readonly (string | undefined)[]): Promise<string | undefined> {
  for (const name of candidates) {
    const commit = name === undefined ? undefined : await commitOf(git, name);
    if (commit !== undefined) return commit;
  }
  return undefined;
}

export async function isWithin(git: Git, commit: string, other: string): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", commit, other];
  const answer = await git(args);
  if (answer.code > 1) throw new GitFailure(complaint(args, answer));
  return answer.code === 0;
}

/** `git merge-tree --write-tree` is there from git 2.38 on. */
async function mergeOf(git: Git, base: string, tip: Tip, merged: readonly string[]): Promise<string> {
  const args = ["merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", base, tip.commit];
  const answer = await git(args);
  const [tree = "", ...files] = answer.stdout.toString("utf8").split("\0").filter(Boolean);
  if (answer.code === 1) {
    const named = files.slice(0, MAX_FILES_NAMED).join(", ") + (files.length > MAX_FILES_NAMED ? " …" : "");
    throw new MergeConflict(
      `${tip.branch} does not merge with ${merged.join(" and ")}, which it needs as well: ${named}. Merge one into the other by hand`,
    );
  }
  if (answer.code !== 0)
    throw new GitFailure(`${complaint(args, answer)} (merging several branches takes git 2.38 or newer)`);
  const message = `Merge ${[...merged, tip.branch].join(", ")}`;
  return await say(git, ["commit-tree", tree, "-p", base, "-p", tip.commit, "-m", message], { changes: true });
}
