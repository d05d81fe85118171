/** Workspaces for people. */
import { visibleLine } from "../visible.ts";
import { ageOf, more, type Row, table } from "./lists.ts";
import { counted } from "./words.ts";

interface Changes {
  readonly commits: number;
  readonly files: number;
  readonly insertions: number;
  readonly deletions: number;
  readonly uncommitted: number;
}

/** Figures that are older are told with their age, in ms. */
const OF_NOW_MS = 60_000;

type Workspace = Row & { readonly changes: Changes | null; readonly bytes: number | null };

export function renderWorkspaces(result: unknown): string {
  const { workspaces, next } = result as { workspaces: readonly Workspace[]; next: string | null };
  if (workspaces.length === 0) return "There are no workspaces.\n";
  const rows = workspaces.map((workspace) => ({
    task: workspace.taskId,
    state: workspace.state === "ready" ? null : workspace.state,
    branch: workspace.branch,
    commits: workspace.changes?.commits,
    changed: workspace.changes && changed(workspace.changes, workspace.lookedAt),
    uncommitted: workspace.changes?.uncommitted || null,
    size: workspace.bytes === null ? null : `${(workspace.bytes / 2 ** 20).toFixed(1)} MiB`,
    age: ageOf(workspace.createdAt),
    repository: workspace.repository,
  }));
  return table(rows) + more(next, "workspace list");
}

function changed({ files, insertions, deletions }: Changes, lookedAt: Row[string]): string {
  const isOld = typeof lookedAt === "string" && Date.now() - Date.parse(lookedAt) > OF_NOW_MS;
  return `${counted(files, "file")} +${insertions} -${deletions}${isOld ? ` (${ageOf(lookedAt)} ago)` : ""}`;
}

export function renderRemovedWorkspace(result: unknown): string {
  const { taskId, directory, branch, branchKept, head, lost } = result as Record<string, string | boolean | null> & {
    readonly lost: readonly string[];
  };
  const kept = branchKept ? `its branch ${branch} stays` : `and its branch ${branch}`;
  const last = head === null ? "" : `, which stood at ${String(head).slice(0, 12)}`;
  const given = lost.map((what) => `given up: ${visibleLine(what)}\n`);
  return `The workspace of ${taskId} is removed (${visibleLine(String(directory))}), ${visibleLine(kept)}${last}.\n${given.join("")}`;
}
