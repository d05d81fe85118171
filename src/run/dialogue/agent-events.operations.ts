/** The public door of what agents do while they work, in the words of all agents: read it, or follow it. */
import * as z from "zod";
import { AgentEvent } from "../../agent/agent-event.ts";
import { type Call, operation } from "../../core/operation.ts";
import { PageLimit, pageSize } from "../../core/page.ts";
import { maskJson } from "../../trust/mask.ts";
import { keptFiles } from "../output.operations.ts";
import { asInJson } from "../process/mask.ts";
import { mustBeRun, RunRef, type RunRoom } from "../run-room.ts";
import { readGrown } from "../wait-output.ts";
import { readLines } from "./lines.ts";

/** How long a stream waits before it looks whether its reader is still there, in ms. */
const STREAM_WAIT_MS = 60_000;
/** Read of the file at once, in bytes. */
const PIECE_BYTES = 256 * 1024;

const EventsWanted = z.strictObject({
  runId: RunRef,
  after: z.int().min(0).default(0).describe("Only those with a higher number."),
});

export const agentEvents = operation({
  name: "run.events",
  summary:
    "Read what a run's agent does: what it says, which tools it calls, what it asks for and spends. Empty for an agent of the command runtime, which has only its output.",
  effect: "read",
  scope: "read",
  rest: "GET /runs/{runId}/events",
  args: ["runId"],
  input: EventsWanted.extend({
    limit: PageLimit,
    waitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(0)
      .describe("How long to wait for something new when there is nothing yet."),
  }),
  output: z.object({
    events: z.array(AgentEvent),
    next: z.int().describe("Give it as `after` for what comes then."),
    ended: z.boolean().describe("The run has ended and nothing comes after `next`."),
  }),
  refuses: ["not_found"],
  example: { runId: "run-42", after: 0 },
  tool: true,
  handle: async (room: RunRoom & Call, { runId, after, limit, waitMs }) => {
    const from = await placeAfter(room, runId, after);
    const { events, ended } = await readOn(room, runId, from, pageSize(limit, room.limits()), waitMs);
    return { events, next: events.at(-1)?.n ?? after, ended };
  },
  stream: {
    item: AgentEvent,
    resume: { field: "after", next: ({ n }) => n },
    open: async (room: RunRoom & Call, { runId, after }) => eventsOf(room, runId, await placeAfter(room, runId, after)),
  },
});

async function* eventsOf(room: RunRoom & Call, runId: string, from: number) {
  for (let place = from; !room.signal.aborted; ) {
    const { events, ended, next } = await readOn(room, runId, place, Number.POSITIVE_INFINITY, STREAM_WAIT_MS);
    yield* events;
    if (ended) return;
    place = next;
  }
}

/** Of the events from a place in the file on; waits for the first. */
async function readOn(room: RunRoom & Call, runId: string, from: number, most: number, waitMs: number) {
  const files = await keptFiles(room, runId);
  const wanted = { ...room, path: files.events, from, waitMs, run: () => mustBeRun(room.store.read, runId) };
  const read = () => readLines(files.events, from, PIECE_BYTES).slice(0, most);
  const { run, found: lines } = await readGrown(wanted, read, ({ length }) => length === 0);
  const mask = asInJson(room.secrets());
  const events = lines.flatMap(({ text }) => (text === undefined ? [] : parsed(text, mask)));
  const next = lines.at(-1)?.next ?? from;
  return { events, next, ended: run.state === "ended" && lines.length === 0 };
}

/** An agent may write into its run's directory: what is no event is none. */
function parsed(line: string, mask: readonly string[]): AgentEvent[] {
  try {
    // Of what it stands for, not of how it is written: JSON has many ways to write one text.
    const { data } = AgentEvent.safeParse(maskJson(JSON.parse(line), mask));
    return data ? [data] : [];
  } catch {
    return [];
  }
}

/** Where in the file those begin that come after a number. */
async function placeAfter(room: RunRoom & Call, runId: string, after: number): Promise<number> {
  const files = await keptFiles(room, runId);
  if (after === 0) return 0;
  for (let place = 0; ; ) {
    const lines = readLines(files.events, place, PIECE_BYTES);
    const later = lines.findIndex(({ text }) => (parsed(text ?? "", [])[0]?.n ?? 0) > after);
    if (later >= 0) return later === 0 ? place : (lines[later - 1]?.next ?? place);
    const end = lines.at(-1)?.next;
    if (end === undefined || room.signal.aborted) return place;
    place = end;
    // It may be long: others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const agentEventOperations = [agentEvents] as const;
