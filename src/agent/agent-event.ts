/** What an agent does, in the same words whatever runtime drives it: news as a runtime tells it, an event once it is written down. */
import * as z from "zod";

const news = {
  started: {
    session: z
      .string()
      .nullable()
      .describe("The vendor's own id of the conversation, by which it can be taken up again."),
    model: z.string().nullable(),
    version: z.string().nullable().describe("Of the agent's program."),
  },
  text: { text: z.string().describe("What it says to whoever reads.") },
  thought: { text: z.string() },
  tool: {
    callId: z.string().describe("The same for all that is told of one call."),
    name: z.string(),
    input: z.unknown().describe("As the agent gave it; null when it is only told of again."),
    state: z.enum(["running", "completed", "failed", "denied"]),
    output: z.string().nullable().describe("Its beginning."),
  },
  permission: {
    callId: z.string(),
    tool: z.string(),
    input: z.unknown(),
    approvalId: z.string().nullable(),
    state: z.enum(["asked", "approved", "denied", "expired", "withdrawn"]),
    note: z.string().nullable().default(null).describe("What whoever answered said."),
  },
  usage: {
    inputTokens: z.int(),
    outputTokens: z.int(),
    cacheReadTokens: z.int(),
    cacheWriteTokens: z.int(),
    costUsd: z.number().nullable().describe("An estimate; null where the agent tells none."),
  },
  limit: {
    scope: z.string().nullable().describe("Which limit, in the vendor's word."),
    blocked: z.boolean(),
    resetsAt: z.string().nullable(),
    usedPercent: z.number().nullable(),
  },
  retrying: { attempt: z.int().nullable(), afterMs: z.int().nullable(), reason: z.string() },
  error: { message: z.string() },
  ended: {
    ok: z.boolean(),
    failure: z.string().nullable().describe("The class of what went wrong."),
    reason: z.string().nullable(),
    text: z.string().nullable().describe("Its last word."),
  },
};

const written = {
  n: z.int().min(1).describe("Counted from 1 within the run."),
  at: z.string().describe("When it was heard."),
};

function typed<T extends string, S extends z.ZodRawShape>(type: T, shape: S) {
  return z.object({ ...written, type: z.literal(type), ...shape });
}

export const AgentEvent = z.discriminatedUnion("type", [
  typed("started", news.started),
  typed("text", news.text),
  typed("thought", news.thought),
  typed("tool", news.tool),
  typed("permission", news.permission),
  typed("usage", news.usage).describe("What was spent since the last one."),
  typed("limit", news.limit),
  typed("retrying", news.retrying),
  typed("error", news.error),
  typed("ended", news.ended),
]);

export type AgentEvent = z.output<typeof AgentEvent>;

type WithoutWritten<T> = T extends unknown ? Omit<T, keyof typeof written> : never;

/** Not yet numbered. */
export type AgentNews = WithoutWritten<AgentEvent>;

export type Usage = Omit<Extract<AgentNews, { type: "usage" }>, "type">;

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: null,
};

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0),
  };
}

/**
 * What was spent since, from totals that only grow: agents tell what a whole conversation has cost so far. A total that
 * shrank began anew. Undefined when nothing was.
 */
export function usageSince(before: Usage, now: Usage): Usage | undefined {
  const less = (a: number, b: number) => (b >= a ? b - a : b);
  const since: Usage = {
    inputTokens: less(before.inputTokens, now.inputTokens),
    outputTokens: less(before.outputTokens, now.outputTokens),
    cacheReadTokens: less(before.cacheReadTokens, now.cacheReadTokens),
    cacheWriteTokens: less(before.cacheWriteTokens, now.cacheWriteTokens),
    costUsd: now.costUsd === null ? null : less(before.costUsd ?? 0, now.costUsd),
  };
  return Object.values(since).some((value) => value !== null && value > 0) ? since : undefined;
}
