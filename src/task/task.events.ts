/** What happens to tasks and to imported queues. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";
import { PARKED_REASONS, TASK_STATES, type TaskState } from "./task.ts";

const from = z.enum(TASK_STATES).describe("(the state before)");
const Moved = z.strictObject({ from });
const Ended = z.strictObject({ from, reason: z.string().optional() });

export const taskEvents = {
  "task.submitted": {
    summary: "A task was queued.",
    data: z.strictObject({
      state: z.enum(TASK_STATES).describe("(its first state)"),
      role: z.string(),
      agent: z.string().optional(),
    }),
  },
  "task.updated": {
    summary: "What was still open about a task was changed.",
    data: z.strictObject({ fields: z.array(z.string()), reason: z.string().optional() }),
  },
  "task.blocked": { summary: "A task came to wait for another one.", data: Moved },
  "task.scheduled": {
    summary: "A task came to wait for its time.",
    data: z.strictObject({ from, notBefore: z.int().nullable().describe("Epoch ms.") }),
  },
  "task.queued": { summary: "A task that waited may run.", data: Moved },
  "task.started": { summary: "A task was claimed for a run.", data: Moved },
  "task.parked": {
    summary: "A task came to wait for something outside the queue.",
    data: z.strictObject({
      from,
      reason: z.enum(PARKED_REASONS),
      note: z.string().nullable(),
      until: z.int().nullable().describe("Epoch ms."),
    }),
  },
  "task.handed_on": {
    summary: "One role's stage at a task was over, and another has the next.",
    data: z.strictObject({
      fromRole: z.string(),
      toRole: z.string(),
      stage: z.int().describe("The stage that comes, counted from 1."),
      loops: z.int().describe("How often it has gone back."),
      because: z.enum(["completed", "failed"]),
    }),
  },
  "task.resumed": {
    summary: "Somebody let a parked task go on.",
    data: z.strictObject({ note: z.string().nullable(), was: z.enum(PARKED_REASONS) }),
  },
  "task.cancel_requested": {
    summary: "Somebody asked for a task to be cancelled; its agent is being ended.",
    data: z.strictObject({ reason: z.string().optional() }),
  },
  "task.retried": {
    summary: "Somebody had a task done again, as another task.",
    data: z.strictObject({ as: z.string(), reason: z.string().optional() }),
  },
  "task.completed": { summary: "A task was done.", data: Ended },
  "task.failed": { summary: "A task failed for good.", data: Ended },
  "task.cancelled": { summary: "A task was cancelled.", data: Ended },
  "queue.imported": {
    summary: "A sprint queue was imported.",
    data: z.strictObject({ file: z.string(), sprintId: z.string().nullable(), tasks: z.int() }),
  },
} as const satisfies EventDeclarations;

/** What a task's move into each state is called: a task that is running was started. */
export const EVENT_OF_STATE = {
  blocked: "task.blocked",
  scheduled: "task.scheduled",
  queued: "task.queued",
  running: "task.started",
  parked: "task.parked",
  completed: "task.completed",
  failed: "task.failed",
  cancelled: "task.cancelled",
} as const satisfies Readonly<Record<TaskState, keyof typeof taskEvents>>;
