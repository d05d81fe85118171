/** A workspace: the worktree and branch in which the runs of one task work. Its names, its states, and what would be lost with it. */

/** Where an agent works whose directory lies in a git repository: in a worktree of its own, or in the directory itself. */
export const WORKSPACE_MODES = ["worktree", "directory"] as const;
export type WorkspaceMode = (typeof WORKSPACE_MODES)[number];

/** `making` and `removing` are half done: whoever comes next makes it anew, or removes the rest. */
export const WORKSPACE_STATES = ["making", "ready", "removing", "removed"] as const;
export type WorkspaceState = (typeof WORKSPACE_STATES)[number];

/** The steps in which one is made, each a kill point. A test ends the daemon at each of them. */
export const WORKSPACE_STEPS = ["workspace-recorded", "workspace-added", "workspace-ready"] as const;
/** And the one after which it goes. */
export type WorkspaceStep = (typeof WORKSPACE_STEPS)[number] | "workspace-removing";

/** Names tried before a repository is thought to be full of them. */
const MAX_NAMES = 50;

/** What a branch of a task may be called, the best first: another home, or a branch `steward`, may have taken one. */
export function branchNames(task: string): string[] {
  const first = [`steward/${task}`, `steward-${task}`];
  return first.flatMap((name) => [name, ...Array.from({ length: MAX_NAMES }, (_, at) => `${name}-${at + 2}`)]);
}

/** Can a branch be called so beside these? `a` and `a/b` cannot both be. */
export function isFreeBranch(name: string, taken: readonly string[]): boolean {
  return taken.every((other) => other !== name && !other.startsWith(`${name}/`) && !name.startsWith(`${other}/`));
}

/** What is in a workspace, against the commit that it began with. */
export interface Changes {
  /** The commit that is checked out. */
  readonly head: string;
  /** The branch that is checked out; null when it is none. */
  readonly onBranch: string | null;
  readonly commits: number;
  readonly files: number;
  readonly insertions: number;
  readonly deletions: number;
  /** Files that are changed or new and in no commit. Ignored ones do not count. */
  readonly uncommitted: number;
}

/** What nobody has but this workspace. */
export interface OnlyHere {
  readonly uncommitted: number;
  /** Some of them. */
  readonly paths: readonly string[];
  /** Commits that are on no other branch, tag or remote branch. */
  readonly commits: number;
  /** It holds submodules with a history of their own, which nobody looked into. */
  readonly submodules: boolean;
}

/** As a list of plain words; empty when nothing would be lost. `branchStays`: its commits are not in danger. */
export function lossOf({ uncommitted, paths, commits, submodules }: OnlyHere, branchStays: boolean): string[] {
  const count = (n: number, one: string) => `${n} ${one}${n === 1 ? "" : "s"}`;
  const some = paths.length < uncommitted ? `${paths.join(", ")} …` : paths.join(", ");
  return [
    ...(uncommitted > 0 ? [`${count(uncommitted, "file")} with changes that were not committed (${some})`] : []),
    ...(commits > 0 && !branchStays ? [`${count(commits, "commit")} that nothing else has`] : []),
    ...(submodules ? ["submodules that were not looked into"] : []),
  ];
}
