/** The public door of events: read them from a number on. */
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { parseId, publicId } from "../core/ids.ts";
import { type Call, operation, streamOperation } from "../core/operation.ts";
import { PageLimit, type PageLimits, pageSize } from "../core/page.ts";
import { refuse } from "../core/refusal.ts";
import type { Store } from "../store/store.ts";
import { type EventFilter, type EventRow, listEvents, newestEvent, oldestEvent } from "./event.store.ts";
import { TopicPattern } from "./topic.ts";
import { watchEvents } from "./watch.ts";

export interface EventRoom {
  readonly store: Store;
  readonly limits: () => PageLimits;
}

const Which = {
  topic: TopicPattern.optional().describe("Only this topic; task.* takes all that begin with task."),
  taskId: z.string().max(40).optional().describe("Only events of this task, by id."),
  runId: z.string().max(40).optional().describe("Only events of this run, by id."),
};

const EventView = z.object({
  number: z.int(),
  at: z.string(),
  topic: z.string(),
  actor: z.string(),
  taskId: z.string().nullable(),
  runId: z.string().nullable(),
  data: z.record(z.string(), z.json()),
});

export const list = operation({
  name: "event.list",
  summary: "List events in the order in which they happened.",
  effect: "read",
  scope: "read",
  rest: "GET /events",
  input: z.strictObject({
    after: z.int().min(0).default(0).describe("Only events with a higher number: `next` of the page before."),
    ...Which,
    limit: PageLimit,
  }),
  output: z.object({
    events: z.array(EventView),
    next: z.int().describe("Give it as `after` for what comes next."),
    oldest: z
      .int()
      .nullable()
      .describe(
        "The oldest event that is still kept: whoever reads on from a number before it has missed some. Null: there is none.",
      ),
    newest: z.int().describe("The event that came last; 0 when there never was one."),
  }),
  refuses: ["not_found"],
  example: { after: 0, topic: "task.*" },
  tool: true,
  handle: async ({ store, limits }: EventRoom, { after, limit, ...which }) => {
    const filter = { ...filterOf(which), after, limit: pageSize(limit, limits()) };
    const [rows, oldest, newest] = await Promise.all([
      listEvents(store.read, filter),
      oldestEvent(store.read),
      newestEvent(store.read),
    ]);
    return { events: rows.map(eventView), next: rows.at(-1)?.id ?? after, oldest: oldest ?? null, newest };
  },
});

export const watch = streamOperation({
  name: "event.watch",
  summary: "Show events as they happen, in the order in which they were committed.",
  effect: "read",
  scope: "read",
  rest: "GET /events/stream",
  input: z.strictObject({
    after: z.int().min(0).optional().describe("Begin behind this number. Default: with what happens from now on."),
    ...Which,
  }),
  refuses: ["not_found"],
  example: { after: 0, topic: "task.*" },
  stream: {
    item: EventView,
    resume: { field: "after", next: ({ number }) => number },
    open: ({ store, limits, signal }: EventRoom & Call, { after, ...which }) => {
      const filter = filterOf(which);
      return watchEvents({ store, signal, after, filter, pageItems: limits().pageMaxItems, view: eventView });
    },
  },
});

interface Wanted {
  readonly topic?: string | undefined;
  readonly taskId?: string | undefined;
  readonly runId?: string | undefined;
}

function filterOf({ topic, taskId, runId }: Wanted): Omit<EventFilter, "after" | "limit"> {
  return { topic, taskId: numberOf("task", taskId), runId: numberOf("run", runId) };
}

function numberOf(kind: "task" | "run", reference: string | undefined): number | undefined {
  if (reference === undefined) return undefined;
  return parseId(kind, reference) ?? refuse("not_found", `"${reference}" is not a ${kind}'s id.`);
}

function eventView(row: EventRow): z.output<typeof EventView> {
  return {
    number: row.id,
    at: iso(row.at),
    topic: row.topic,
    actor: row.actor,
    taskId: row.task_id === null ? null : publicId("task", row.task_id),
    runId: row.run_id === null ? null : publicId("run", row.run_id),
    data: JSON.parse(row.data),
  };
}

export const eventOperations = [list, watch] as const;
