/** The public door of workspaces: list them, look into one, see what changed in it, remove it. */
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { type Call, operation } from "../../core/operation.ts";
import { PageLimit, pageSize } from "../../core/page.ts";
import { refuse } from "../../core/refusal.ts";
import { GitFailure } from "../../project/git-process.ts";
import { listWorkspaces, type WorkspaceRow, workspaceOf } from "../../project/workspace.store.ts";
import { changesIn, diffOf } from "../../project/workspace-changes.ts";
import type { Tx } from "../../store/store.ts";
import { resettle } from "../../task/need.store.ts";
import { mustBeTask } from "../../task/task.operations.ts";
import type { TaskRow } from "../../task/task.store.ts";
import { TaskRef } from "../../task/task.ts";
import { maskSecrets } from "../process/mask.ts";
import type { RunRoom } from "../run-room.ts";
import { lookNow } from "./look-now.ts";
import { removeWorkspace } from "./removal.ts";
import { WorkspaceView, workspaceNow, workspaceView } from "./workspace.view.ts";
import { taskName } from "./workspace-room.ts";

/** Longest diff that is made, in bytes: what comes behind is not shown. */
const MAX_DIFF_BYTES = 16 * 1024 * 1024;
/** Bytes of it that one call gives at most. */
const MAX_PART_BYTES = 1024 * 1024;

export const list = operation({
  name: "workspace.list",
  summary: "List the workspaces of this host with what is in them, the newest task's first.",
  effect: "read",
  scope: "read",
  rest: "GET /workspaces",
  input: z.strictObject({
    limit: PageLimit,
    before: TaskRef.optional().describe("Only those of older tasks: `next` of the page before."),
  }),
  output: z.object({
    workspaces: z.array(WorkspaceView),
    next: z.string().nullable().describe("Give it as `before` for the next page."),
  }),
  refuses: ["not_found"],
  example: {},
  handle: async ({ store, limits, hostId, clock }: RunRoom, { limit, before }) => {
    const size = pageSize(limit, limits());
    const last = before === undefined ? undefined : (await mustBeTask(store.read, before)).id;
    const rows = await listWorkspaces(store.read, { hostId, before: last, limit: size + 1 });
    const page = rows.slice(0, size);
    const oldest = page.at(-1);
    const now = clock.now();
    const seen = await lookNow(page);
    const workspaces = page.map((row) => {
      const changes = seen.get(row.task_id);
      return changes ? workspaceNow(row, changes, now) : workspaceView(row);
    });
    return { workspaces, next: rows.length > size && oldest ? taskName(oldest) : null };
  },
});

export const get = operation({
  name: "workspace.get",
  summary: "Show the workspace of a task: where it is, its branch, and what is in it now.",
  effect: "read",
  scope: "read",
  rest: "GET /workspaces/{taskId}",
  args: ["taskId"],
  input: z.strictObject({ taskId: TaskRef }),
  output: WorkspaceView,
  refuses: ["not_found"],
  example: { taskId: "task-17" },
  tool: true,
  handle: async (room: RunRoom, { taskId }) => {
    const row = await mustBeThere(room, taskId);
    if (row.state !== "ready") return { ...workspaceView(row), changes: null, lookedAt: null };
    const now = room.clock.now();
    return workspaceNow(row, await lookedAt(() => changesIn(row.path, row.base)), now);
  },
});

export const diff = operation({
  name: "workspace.diff",
  summary: "Show what changed in the workspace of a task since it began, committed or not. Secrets are masked.",
  effect: "read",
  scope: "read",
  rest: "GET /workspaces/{taskId}/diff",
  args: ["taskId"],
  input: z.strictObject({
    taskId: TaskRef,
    stat: z.boolean().default(false).describe("Only how much changed in which file."),
    from: z.int().min(0).default(0).describe("First byte wanted: `next` of the part before."),
    limit: z
      .int()
      .min(1024)
      .max(MAX_PART_BYTES)
      .default(256 * 1024)
      .describe("How many bytes at most; a part ends with a line where it can."),
  }),
  output: z.object({
    taskId: z.string(),
    base: z.string(),
    branch: z.string(),
    text: z.string(),
    next: z.int().nullable().describe("Give it as `from` for the next part; null at the end."),
    cut: z.boolean().describe(`It is longer than ${MAX_DIFF_BYTES} bytes and ends there.`),
  }),
  refuses: ["not_found"],
  example: { taskId: "task-17", stat: true },
  tool: true,
  handle: async (room: RunRoom, { taskId, stat, from, limit }) => {
    const row = await mustBeThere(room, taskId);
    const { stdout, isCut } = await lookedAt(() => diffOf(row.path, row.base, { stat, maxBytes: MAX_DIFF_BYTES }));
    const shown = maskSecrets(stdout, room.secrets(), { before: false, after: isCut });
    const to = partEnd(shown, from, limit);
    return {
      taskId: taskName(row),
      base: row.base,
      branch: row.branch,
      text: shown.subarray(from, to).toString("utf8"),
      next: to < shown.length ? to : null,
      cut: isCut,
    };
  },
});

export const remove = operation({
  name: "workspace.remove",
  summary: "Remove the workspace of a task and its branch; refused while they hold what nobody else has.",
  confirm: "Remove the workspace of {taskId}? Files that git ignores there go with it.",
  effect: "destroy",
  scope: "operate",
  rest: "POST /workspaces/{taskId}/remove",
  args: ["taskId"],
  input: z.strictObject({
    taskId: TaskRef,
    force: z.boolean().default(false).describe("Also what nobody else has: it is lost."),
    keepBranch: z.boolean().default(false).describe("The branch with its commits stays."),
  }),
  output: z.object({
    taskId: z.string(),
    directory: z.string(),
    branch: z.string(),
    branchKept: z.boolean(),
    head: z.string().nullable().describe("The commit that was checked out: git keeps it for a while."),
    lost: z.array(z.string()).describe("What was given up with it."),
  }),
  refuses: ["not_found", "conflict"],
  example: { taskId: "task-17" },
  handle: async (room: RunRoom & Call, { taskId, force, keepBranch }) => {
    const of = await mustBeThere(room, taskId);
    const actor = actorLabel(room.actor);
    const { row, lost, ...rest } = await removeWorkspace(room.workspaces, of, { actor, force, keepBranch });
    await room.store.write((tx) => letGoOn(tx, actor));
    return { taskId: taskName(row), directory: row.path, branch: row.branch, ...rest, lost: [...lost] };
  },
});

/** Tasks that wait for room and may go on at once; more follow by themselves. */
const MAX_LET_GO_ON = 500;

async function letGoOn(tx: Tx, actor: string): Promise<void> {
  const waiting = await tx.all<TaskRow>(
    "SELECT * FROM task WHERE state = 'parked' AND parked_until IS NOT NULL AND parked_reason = 'workspace' LIMIT ?",
    MAX_LET_GO_ON,
  );
  for (const task of waiting) await resettle(tx, task, { release: true, actor });
}

async function mustBeThere({ store, hostId }: RunRoom, reference: string): Promise<WorkspaceRow> {
  const task = await mustBeTask(store.read, reference);
  const row = await workspaceOf(store.read, task.id, hostId);
  if (row && row.state !== "removed") return row;
  return refuse("not_found", `${taskName({ task_id: task.id })} has no workspace${row ? " any more" : ""}.`, {
    hint: row
      ? `Its branch was ${row.branch}.`
      : "Tasks get one when they first run, where their directory lies in a git repository.",
    data: { taskId: taskName({ task_id: task.id }) },
  });
}

async function lookedAt<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    return refuse("unavailable", `The workspace cannot be looked at: ${error.message}.`);
  }
}

/** Behind the last whole line of the part; a line that is longer is taken apart between two characters. */
function partEnd(bytes: Buffer, from: number, limit: number): number {
  const end = from + limit;
  if (end >= bytes.length) return bytes.length;
  const line = bytes.lastIndexOf(0x0a, end - 1);
  if (line >= from) return line + 1;
  for (let at = end; at > from; at--) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  return end;
}

export const workspaceOperations = [list, get, diff, remove] as const;
