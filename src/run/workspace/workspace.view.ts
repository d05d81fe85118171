/** A workspace as callers see it. */
import { join } from "node:path";
import * as z from "zod";
import { iso } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import { changesOf, type WorkspaceRow } from "../../project/workspace.store.ts";
import { type Changes, WORKSPACE_STATES } from "../../project/workspace.ts";

export const ChangesView = z.object({
  head: z.string().describe("The commit that is checked out."),
  onBranch: z.string().nullable().describe("The branch that is checked out."),
  commits: z.int().describe("Commits since the base."),
  files: z.int().describe("Files that differ from the base, committed or not."),
  insertions: z.int(),
  deletions: z.int(),
  uncommitted: z.int().describe("Changed and new files that are in no commit; ignored ones do not count."),
});

export const WorkspaceView = z.object({
  taskId: z.string(),
  state: z.enum(WORKSPACE_STATES),
  branch: z.string(),
  directory: z.string().describe("The worktree."),
  workingDirectory: z.string().describe("Where its agents start."),
  repository: z.string().describe("The checkout that it was made of."),
  base: z.string().describe("The commit that it began with."),
  changes: ChangesView.nullable().describe(
    "What is in it; null before its first run has ended, or when nobody could look.",
  ),
  lookedAt: z.string().nullable().describe("When that was looked at."),
  bytes: z.int().nullable().describe("What it took when it was last measured."),
  createdAt: z.string().nullable(),
  removedAt: z.string().nullable(),
});

/** What was last seen of it. */
export function workspaceView(row: WorkspaceRow): z.input<typeof WorkspaceView> {
  return {
    taskId: publicId("task", row.task_id),
    state: row.state,
    branch: row.branch,
    directory: row.path,
    workingDirectory: join(row.path, row.subdirectory),
    repository: row.checkout,
    base: row.base,
    changes: changesOf(row) ?? null,
    lookedAt: iso(row.looked_at),
    bytes: row.bytes,
    createdAt: iso(row.created_at),
    removedAt: iso(row.removed_at),
  };
}

/** With what is in it now. */
export function workspaceNow(row: WorkspaceRow, changes: Changes, now: number): z.input<typeof WorkspaceView> {
  return { ...workspaceView(row), changes, lookedAt: iso(now) };
}
