/** Git for the demo: nobody's own settings have a say in it, and agents that meet at one of git's locks wait their turn. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** How often a command that met another one is tried again, and the pause before, in ms. */
const TRIES = 40;
const PAUSE_MS = 50;

/** What git says when another git is at work in the same repository. */
const MET_ANOTHER =
  /\.lock'|cannot lock|could not lock|another git process|failed to read .*worktrees|is already locked/i;

const run = promisify(execFile);

/** What it prints, without the last newline. Throws an error whose message is what git complained of. */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  for (let left = TRIES; ; left--) {
    try {
      const { stdout } = await run("git", [...args], { cwd: directory, env: environment() });
      return stdout.trimEnd();
    } catch (error) {
      const complaint = complaintOf(error);
      if (left <= 1 || !MET_ANOTHER.test(complaint)) throw new Error(`git ${args[0]}: ${complaint}`, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
}

export interface Worktree {
  readonly repository: string;
  /** Where it is made; not there yet. */
  readonly directory: string;
  /** Made anew from `main`, so that a task that is tried again begins afresh; undefined: no branch, nothing stays. */
  readonly branch?: string | undefined;
  /** Branches whose work is wanted in it. */
  readonly merge: readonly string[];
}

/** Does some work in a worktree of its own, which is gone when the work is done. */
export async function inWorktree<T>(
  { repository, directory, branch, merge }: Worktree,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const on = branch === undefined ? ["--detach"] : ["-B", branch];
  await git(repository, "worktree", "add", "--force", "--quiet", ...on, directory, "main");
  try {
    for (const other of merge) await git(directory, "merge", "--quiet", "--no-edit", other);
    return await work(directory);
  } finally {
    await git(repository, "worktree", "remove", "--force", directory);
  }
}

/** Commits these files, also when an earlier try did, and returns the short name of the commit. */
export async function commit(directory: string, files: readonly string[], message: string): Promise<string> {
  await git(directory, "add", "--", ...files);
  await git(directory, "commit", "--quiet", "--allow-empty", "--message", message);
  return await git(directory, "rev-parse", "--short=7", "HEAD");
}

/** Neither a person's settings nor the variables of a git hook that this was called from. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return { ...Object.fromEntries(others), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
}

function complaintOf(error: unknown): string {
  const { stderr, message, code } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === "ENOENT") return "it could not be started; is git installed?";
  return stderr?.trim() || message;
}
