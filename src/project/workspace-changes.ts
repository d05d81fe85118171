/** What is in a workspace: how much changed, what would be lost with it, and the changes themselves. Only looks. */
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Git, gitIn, say } from "./git.ts";
import { type GitAnswer, GitFailure } from "./git-process.ts";
import { commitOf } from "./repository.ts";
import type { Changes, OnlyHere } from "./workspace.ts";
import { isThere } from "./worktree.ts";

/** Changed files that are counted, by the bytes that git says of them. */
const MAX_STATUS_BYTES = 8 * 1024 * 1024;
const MAX_PATHS_NAMED = 5;
/** What a look at a large worktree may take, in ms. */
const LOOK_MS = 60_000;

const COUNTED = { maxBytes: MAX_STATUS_BYTES, timeoutMs: LOOK_MS } as const;

/** No program of the repository's is asked how to show a file, and no submodule is entered: its configuration is its own. */
const PLAIN_DIFF = ["--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--no-color", "--find-renames"];

/** Against the commit that it began with. */
export async function changesIn(path: string, base: string, unwanted?: AbortSignal): Promise<Changes> {
  const git = await gitIn(path, unwanted);
  const head = await commitOf(git, "HEAD");
  if (head === undefined) throw new GitFailure(`nothing is checked out in ${path}`);
  const on = await git(["symbolic-ref", "--quiet", "--short", "HEAD"]);
  const commits = await say(git, ["rev-list", "--count", head, `^${base}`]);
  const { uncommitted } = await uncommittedIn(git);
  const shown = await withNewFiles(git, (env) =>
    say(git, ["diff", "--shortstat", ...PLAIN_DIFF, base], { ...COUNTED, env }),
  );
  const [files = 0, insertions = 0, deletions = 0] = [/(\d+) file/, /(\d+) insertion/, /(\d+) deletion/].map((count) =>
    Number(count.exec(shown)?.[1] ?? 0),
  );
  return {
    head,
    onBranch: on.code === 0 ? on.stdout.toString("utf8").trim() : null,
    commits: Number(commits),
    ...{ files, insertions, deletions, uncommitted },
  };
}

export interface Diff {
  /** `stat`: a line for each file instead of what changed in it. */
  readonly stat: boolean;
  readonly maxBytes: number;
}

/** Everything since the base: what was committed, what was not, and new files. */
export async function diffOf(path: string, base: string, { stat, maxBytes }: Diff): Promise<GitAnswer> {
  const git = await gitIn(path);
  const how = stat ? ["--stat=120", "--stat-count=10000"] : ["--patch"];
  return await withNewFiles(git, (env) =>
    git(["diff", ...how, ...PLAIN_DIFF, base], { env, maxBytes, timeoutMs: LOOK_MS }),
  );
}

/** `repository`: git in the checkout that it was made of, whose own HEAD counts. */
export async function onlyHere(repository: Git, path: string, branch: string): Promise<OnlyHere> {
  const nothing = { uncommitted: 0, paths: [], submodules: false };
  const own = isThere(join(path, ".git")) ? await gitIn(path) : undefined;
  const head = own && (await commitOf(own, "HEAD"));
  const tips = [head, await commitOf(repository, `refs/heads/${branch}`)].filter((tip) => tip !== undefined);
  const commits = tips.length === 0 ? 0 : await commitsOnlyIn(repository, [...new Set(tips)], branch);
  if (!own) return { ...nothing, commits };
  const admin = await say(own, ["rev-parse", "--path-format=absolute", "--git-dir"]);
  return { ...(await uncommittedIn(own)), commits, submodules: isThere(join(admin, "modules")) };
}

async function commitsOnlyIn(repository: Git, tips: readonly string[], branch: string): Promise<number> {
  const here = await commitOf(repository, "HEAD");
  const others = [`--exclude=${branch}`, "--branches", "--remotes", "--tags", ...(here === undefined ? [] : [here])];
  return Number(await say(repository, ["rev-list", "--count", ...tips, "--not", ...others], COUNTED));
}

async function uncommittedIn(git: Git): Promise<Pick<OnlyHere, "uncommitted" | "paths">> {
  const args = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--no-renames"];
  const { code, stdout, stderr } = await git(args, COUNTED);
  if (code !== 0) throw new GitFailure(`git status: ${stderr.trim()}`);
  const paths = stdout
    .toString("utf8")
    .split("\0")
    .filter(Boolean)
    .map((line) => line.slice(3));
  return { uncommitted: paths.length, paths: paths.slice(0, MAX_PATHS_NAMED) };
}

/** With a copy of the index in which new files are said to come, so that they are shown; the agent's own stays as it is. */
async function withNewFiles<T>(git: Git, look: (env: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), "steward-diff-"));
  try {
    const index = await say(git, ["rev-parse", "--path-format=absolute", "--git-path", "index"]);
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    // A worktree without a single file has none.
    if (isThere(index)) await copyFile(index, env.GIT_INDEX_FILE);
    await announceNewFiles(git, join(scratch, "new"), env);
    return await look(env);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A repository within it (`vendor/`) is no file of this one: git would stumble over one that has no commit. */
async function announceNewFiles(git: Git, list: string, env: Readonly<Record<string, string>>): Promise<void> {
  const { stdout } = await git(["ls-files", "--others", "--exclude-standard", "-z"], COUNTED);
  const whole = stdout.subarray(0, stdout.lastIndexOf(0) + 1).toString("latin1");
  const paths = whole.split("\0").filter((path) => path !== "" && !path.endsWith("/"));
  if (paths.length === 0) return;
  await writeFile(list, paths.join("\0"), "latin1");
  await say(git, ["add", "--intent-to-add", `--pathspec-from-file=${list}`, "--pathspec-file-nul"], {
    ...COUNTED,
    env,
  });
}
