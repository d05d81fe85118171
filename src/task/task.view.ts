/** A task as callers see it. */
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { Json } from "../core/json.ts";
import type { NeedRow } from "./need.store.ts";
import type { TaskDetailRow, TaskRow } from "./task.store.ts";
import { NEED_POLICIES, PARKED_REASONS, TASK_STATES, type TaskState } from "./task.ts";

/** `stopping` is a running task whose end was asked for. */
export const ShownState = z.enum([...TASK_STATES, "stopping"]);

const at = z.string().nullable();

export const TaskSummary = z.object({
  taskId: z.string().describe("Its id."),
  key: z.string().nullable().describe("The caller's own name for it."),
  title: z.string(),
  state: ShownState,
  role: z.string(),
  agent: z.string().nullable().describe("The agent it is tied to; null leaves the choice to the role."),
  priority: z.int(),
  project: z.string(),
  submittedBy: z.string().describe("Who asked, as person:ada."),
  parentId: z.string().nullable(),
  createdAt: at,
  updatedAt: at,
  finishedAt: at,
  notBefore: at,
  parked: z
    .object({ reason: z.enum(PARKED_REASONS), note: z.string().nullable(), until: at })
    .nullable()
    .describe("Why it waits for something outside the queue."),
  endReason: z.string().nullable().describe("Why it failed."),
});

export const TaskView = TaskSummary.extend({
  prompt: z.string(),
  cwd: z.string().nullable(),
  timeoutSeconds: z.int().nullable(),
  attempts: z.object({ spent: z.int(), max: z.int().nullable().describe("null: the role's, or limits.taskAttempts.") }),
  stage: z.int().describe("Which stage it is in, counted from 1."),
  loops: z.int().describe("How often it has gone back because something failed, since a person last let it go on."),
  needs: z.array(
    z.object({
      taskId: z.string(),
      key: z.string().nullable(),
      state: z.enum(TASK_STATES),
      policy: z.enum(NEED_POLICIES),
      met: z.boolean(),
    }),
  ),
  openChildren: z.int(),
  retryOf: z.string().nullable(),
  workflow: z
    .object({
      name: z.string(),
      version: z.string().describe("SHA-256 of its file, as it was."),
      key: z.string().nullable().describe("The key under which it was started."),
    })
    .nullable()
    .describe("The workflow that submitted it; null where none did."),
  cancelRequestedAt: at,
  data: Json,
  result: z
    .object({
      from: z
        .enum(["file", "stdout"])
        .describe("What the agent wrote to $STEWARD_RESULT, or the end of what it printed."),
      value: Json,
      problem: z.string().optional(),
    })
    .nullable(),
});

export function shownState({ state, cancel_requested_at }: TaskRow): z.output<typeof ShownState> {
  return state === "running" && cancel_requested_at !== null ? "stopping" : state;
}

export function taskSummary(row: TaskRow, project: string): z.input<typeof TaskSummary> {
  return {
    taskId: publicId("task", row.id),
    key: row.key,
    title: row.title,
    state: shownState(row),
    role: row.role,
    agent: row.agent,
    priority: row.priority,
    project,
    submittedBy: row.submitted_by,
    parentId: row.parent_id === null ? null : publicId("task", row.parent_id),
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
    finishedAt: iso(row.finished_at),
    notBefore: iso(row.not_before),
    parked: row.parked_reason && { reason: row.parked_reason, note: row.parked_note, until: iso(row.parked_until) },
    endReason: row.end_reason,
  };
}

export interface TaskWhole {
  readonly row: TaskRow;
  readonly project: string;
  readonly detail: TaskDetailRow;
  readonly needs: readonly (NeedRow & { key: string | null; state: TaskState })[];
}

export function taskView({ row, project, detail, needs }: TaskWhole): z.input<typeof TaskView> {
  return {
    ...taskSummary(row, project),
    prompt: detail.prompt,
    cwd: detail.cwd,
    timeoutSeconds: detail.timeout_seconds,
    attempts: { spent: row.attempts_spent, max: row.max_attempts },
    stage: row.stage + 1,
    loops: row.loops,
    needs: needs.map(({ on_task_id, key, state, policy, met }) => ({
      taskId: publicId("task", on_task_id),
      key,
      state,
      policy,
      met: met === 1,
    })),
    openChildren: row.open_children,
    retryOf: row.retry_of === null ? null : publicId("task", row.retry_of),
    workflow:
      detail.workflow === null || detail.workflow_version === null
        ? null
        : { name: detail.workflow, version: detail.workflow_version, key: detail.workflow_key },
    cancelRequestedAt: iso(row.cancel_requested_at),
    data: detail.data === null ? null : JSON.parse(detail.data),
    result: detail.result === null ? null : JSON.parse(detail.result),
  };
}
