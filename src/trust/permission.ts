/** What an agent may do unasked: the first form of "ask or not ask?", by what its settings say and what the call would do. */
import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";

export type Permissions = "ask" | "deny" | "workspace-edits" | "yolo";

export interface Wanted {
  readonly kind: "read" | "edit" | "execute" | "steward" | "other";
  readonly paths: readonly string[];
  /** The agent's own rules say that somebody must be asked. */
  readonly insists: boolean;
}

/** `pass`: the agent's own rules decide, which ask again where they would not allow it. */
export type Decision = "allow" | "deny" | "ask" | "pass";

export function decide(permissions: Permissions, wanted: Wanted, workspace: string): Decision {
  // What it asks of Steward is decided there, by what its run may do.
  if (wanted.kind === "steward" || permissions === "yolo") return "allow";
  if (wanted.kind === "read" && !wanted.insists) return "pass";
  if (permissions === "deny") return "deny";
  if (permissions !== "workspace-edits" || wanted.kind !== "edit" || wanted.paths.length === 0) return "ask";
  return wanted.paths.every((path) => isWithin(workspace, path)) ? "allow" : "ask";
}

/** Git runs what stands in its own directory, and an agent's settings say what it may do: changing those is no mere edit. */
const NOT_PLAIN = new Set([".git", ".claude", ".codex", ".gemini", ".opencode", ".steward", ".mcp.json"]);

/** Wherever links lead: a path into which one leads out of the workspace is not within it. What is not there yet counts by its parent. */
function isWithin(workspace: string, path: string): boolean {
  const root = existing(workspace);
  const real = realPath(isAbsolute(path) ? path : resolve(workspace, path));
  if (root === undefined || real === undefined || !real.startsWith(root + sep)) return false;
  return !real
    .slice(root.length + 1)
    .split(sep)
    .some((part) => NOT_PLAIN.has(part));
}

function existing(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) return undefined;
    // A link that leads nowhere yet would be followed when it is written to.
    const within = realPath(parent);
    return within === undefined || isLink(path) ? undefined : join(within, basename(path));
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
