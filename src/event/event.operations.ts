/** The public door of events: read them from a number on. */
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { parseId, publicId } from "../core/ids.ts";
import { operation } from "../core/operation.ts";
import { PageLimit, type PageLimits, pageSize } from "../core/page.ts";
import { refuse } from "../core/refusal.ts";
import type { Store } from "../store/store.ts";
import { listEvents } from "./event.store.ts";
import { oldestEvent } from "./event-retention.store.ts";

export interface EventRoom {
  readonly store: Store;
  readonly limits: () => PageLimits;
}

export const list = operation({
  name: "event.list",
  summary: "List events in the order in which they happened.",
  effect: "read",
  scope: "read",
  rest: "GET /events",
  input: z.strictObject({
    after: z.int().min(0).default(0).describe("Only events with a higher number: `next` of the page before."),
    topic: z
      .string()
      .regex(/^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$/, "as task.completed, task.* or *")
      .optional()
      .describe("Only this topic; task.* takes all that begin with task."),
    taskId: z.string().optional().describe("Only events of this task, by id."),
    limit: PageLimit,
  }),
  output: z.object({
    events: z.array(
      z.object({
        number: z.int(),
        at: z.string(),
        topic: z.string(),
        actor: z.string(),
        taskId: z.string().nullable(),
        runId: z.string().nullable(),
        data: z.record(z.string(), z.json()),
      }),
    ),
    next: z.int().describe("Give it as `after` for what comes next."),
    oldest: z
      .int()
      .nullable()
      .describe("Number of the oldest event still kept: whoever reads on from a number before it has missed some."),
  }),
  refuses: ["not_found"],
  example: { after: 0, topic: "task.*" },
  tool: true,
  handle: async ({ store, limits }: EventRoom, { after, topic, taskId, limit }) => {
    const task = taskId === undefined ? undefined : parseId("task", taskId);
    if (taskId !== undefined && task === undefined) refuse("not_found", `"${taskId}" is not a task's id.`);
    const rows = await listEvents(store.read, { after, topic, taskId: task, limit: pageSize(limit, limits()) });
    return {
      events: rows.map((row) => ({
        number: row.id,
        at: iso(row.at),
        topic: row.topic,
        actor: row.actor,
        taskId: row.task_id === null ? null : publicId("task", row.task_id),
        runId: row.run_id === null ? null : publicId("run", row.run_id),
        data: JSON.parse(row.data),
      })),
      next: rows.at(-1)?.id ?? after,
      oldest: (await oldestEvent(store.read)) ?? null,
    };
  },
});

export const eventOperations = [list] as const;
