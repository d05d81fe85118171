/** The directory that a task names: whether one could work there now. */
import { statSync } from "node:fs";
import { refuse } from "../core/refusal.ts";
import { isShortage } from "../core/shortage.ts";
import { findCheckout } from "../project/repository.ts";
import type { WorkspaceMode } from "../project/workspace.ts";

/** False for whatever cannot be entered: no such thing, a file, a circle of links, a name that no file can have. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (isShortage(error)) throw error;
    return false;
  }
}

/** A worktree that was asked for by name must not turn out to be the directory itself. One that is not there yet is seen at launch. */
export function refuseWithoutRepository(cwd: string | undefined, workspace: WorkspaceMode | undefined): void {
  if (workspace !== "worktree" || cwd === undefined || !isDirectory(cwd) || findCheckout(cwd)) return;
  refuse("invalid_input", `There can be no worktree for ${cwd}: it lies in no git repository.`, {
    hint: "Name a directory in one (`--cwd`), make it one (`git init` and a first commit), or leave `--workspace worktree` out to work in the directory itself.",
    data: { cwd },
  });
}

/** As `notice` of a task that was submitted: it may yet come to be. Undefined when there is nothing to say. */
export function directoryNotice(cwd: string | undefined): string | undefined {
  if (cwd === undefined || isDirectory(cwd)) return undefined;
  return `There is no directory ${cwd} on this host yet: unless it is made before the task runs, the task waits for you.`;
}

/** Most roles that a notice names. */
const SHOWN_ROLES = 10;

const HELPS = "a directory (`--cwd .`) or a project (`--project NAME`)";
const INSTEAD = {
  task: `Cancel it, and submit it with ${HELPS}.`,
  tasks: `Cancel them, and begin again with ${HELPS}.`,
  queue:
    'Write the repository into steward.json ("projects": { "NAME": { "directory": … } }), `steward daemon reload`, and import with `--project NAME` instead.',
} as const;

/** As `notice` of what was submitted without a directory. `roles`: those of it that have gates. */
export function gatesNotice(roles: readonly string[], submitted: keyof typeof INSTEAD): string | undefined {
  if (roles.length === 0) return undefined;
  const shown = roles.slice(0, SHOWN_ROLES).map((role) => `"${role}"`);
  const more = roles.length > shown.length ? ` and ${roles.length - shown.length} more` : "";
  const have = `${roles.length === 1 ? "The role" : "The roles"} ${shown.join(", ")}${more} ${roles.length === 1 ? "has" : "have"}`;
  const lacks = submitted === "task" ? "this task has" : "these tasks have";
  return `${have} gates, and ${lacks} no directory: they will be run in an empty one. ${INSTEAD[submitted]}`;
}
