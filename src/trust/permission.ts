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

/** Most paths of one edit that are looked at, and most directories above one; what names more is asked for. */
const MAX_PATHS = 200;
const MAX_LEVELS = 100;

/** `home`: where Steward keeps what is its own. */
export function decide(permissions: Permissions, wanted: Wanted, workspace: string, home?: string): Decision {
  // What it asks of Steward is decided there, by what its run may do.
  if (wanted.kind === "steward" || permissions === "yolo") return "allow";
  if (wanted.kind === "read" && !wanted.insists) return "pass";
  if (permissions === "deny") return "deny";
  if (permissions !== "workspace-edits" || wanted.kind !== "edit") return "ask";
  const { paths } = wanted;
  const isPlain =
    paths.length > 0 && paths.length <= MAX_PATHS && paths.every((path) => isWithin(workspace, path, home));
  return isPlain ? "allow" : "ask";
}

/** In lower case. Other programs run or obey by themselves what stands in these: changing them is no mere edit. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  // Git and what hangs on it: hooks, filters, other repositories.
  ...[".git", ".gitmodules", ".gitattributes", ".gitconfig", ".githooks", ".husky", ".lefthook"],
  ...["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook-local.yml", ".overcommit.yml"],
  ...[".pre-commit-config.yaml", ".pre-commit-config.yml", ".lintstagedrc", ".lintstagedrc.json"],
  // Servers that build and deploy.
  ...[".github", ".gitlab", ".gitlab-ci.yml", ".gitea", ".forgejo", ".circleci", ".buildkite", ".woodpecker"],
  ...[".woodpecker.yml", ".drone.yml", ".travis.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "jenkinsfile"],
  // Agents: their settings, hooks, servers and skills.
  ...[
    ".steward",
    "steward.json",
    ".agents",
    ".claude",
    ".claude.json",
    ".mcp.json",
    ".codex",
    ".gemini",
    ".qwen",
    ".copilot",
  ],
  ...[".opencode", "opencode.json", "opencode.jsonc", ".cursor", ".cursorrules", ".windsurf", ".windsurfrules"],
  ...[".clinerules", ".roo", ".kiro", ".amp", ".goose", ".goosehints", ".continue", ".aider.conf.yml", ".crush.json"],
  // Editors: tasks that run when a directory is opened.
  ...[".vscode", ".idea", ".zed", ".fleet", ".devcontainer", ".devcontainer.json", ".vimrc", ".nvimrc", ".exrc"],
  ...[".nvim.lua", ".dir-locals.el"],
  // Shells, and what they load on entering a directory.
  ...[".envrc", ".direnv", "mise.toml", ".mise.toml", ".mise", ".bashrc", ".bash_profile", ".profile", ".zshrc"],
  ...[".zshenv", ".zprofile", ".ssh"],
  // Package managers: where packages come from, and what is run instead of them.
  ...[".npmrc", ".yarnrc", ".yarnrc.yml", ".yarn", ".pnpmfile.cjs", ".pnpmfile.mjs", ".bunfig.toml", "bunfig.toml"],
  ...[".cargo", ".pypirc", ".bundle", ".mvn", ".gdbinit", ".lldbinit"],
]);

/**
 * Wherever links lead: a path that one leads out of the workspace is not within it. What is not there yet counts by its parent.
 * `~` may be somebody's home, and `..` after a link is not the directory that it reads like.
 */
function isWithin(workspace: string, path: string, home: string | undefined): boolean {
  const parts = path.split(/[\\/]/);
  if (path.startsWith("~") || parts.length > MAX_LEVELS || parts.includes("..")) return false;
  const root = existing(workspace);
  const real = realPath(isAbsolute(path) ? path : resolve(workspace, path));
  if (root === undefined || real === undefined || !real.startsWith(root + sep)) return false;
  // A workspace in the home is the agent's own; where the home lies in a workspace, it is not.
  if (home !== undefined && !`${root}${sep}`.startsWith(home + sep) && `${real}${sep}`.startsWith(home + sep))
    return false;
  return !real
    .slice(root.length + 1)
    .split(sep)
    .some((part) => NOT_PLAIN.has(part.toLowerCase()));
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
