/** What of a worktree is in no commit, its submodules included. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { type Git, gitIn, say } from "./git.ts";
import { GitFailure } from "./git-process.ts";

/** Submodules in submodules that are looked at. */
const MAX_LEVELS = 8;
/** Of the list of all files of a repository, in bytes. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/**
 * Paths below its root. Git itself would look into submodules with the filters that their own configuration names, so each is
 * looked at by itself. Files that git was told not to look at count as well.
 */
export async function uncommittedFiles(git: Git, level = 0): Promise<string[]> {
  if (level > MAX_LEVELS) throw new GitFailure(`submodules go deeper than ${MAX_LEVELS} levels`);
  const root = await say(git, ["rev-parse", "--path-format=absolute", "--show-toplevel"]);
  const options = ["--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty"];
  const changed = (await say(git, ["status", ...options])).split("\0").filter(Boolean);
  const files = changed.map((entry) => entry.slice(3));
  for (const { path, isHidden, isSubmodule } of await tracked(git)) {
    if (isHidden && isThere(join(root, path))) files.push(path);
    if (!isSubmodule || !isThere(join(root, path, ".git"))) continue;
    const below = await uncommittedFiles(await gitIn(join(root, path)), level + 1);
    files.push(...below.map((file) => `${path}/${file}`));
  }
  return files;
}

/** Each as `H 100644 OBJECT 0\tPATH`: a small letter is assumed unchanged, an S is skipped (git-ls-files(1), -v). */
async function tracked(git: Git) {
  const listed = await say(git, ["ls-files", "-v", "--stage", "-z"], { maxBytes: MAX_LIST_BYTES });
  return listed
    .split("\0")
    .filter(Boolean)
    .map((entry) => ({
      path: entry.slice(entry.indexOf("\t") + 1),
      isHidden: /^[a-zS]/.test(entry),
      isSubmodule: entry.startsWith("160000 ", 2),
    }))
    .filter(({ isHidden, isSubmodule }) => isHidden || isSubmodule);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
