/** The public door of what runs print: read a piece of it, or follow it. */
import { existsSync } from "node:fs";
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { type Call, operation } from "../core/operation.ts";
import { refuse } from "../core/refusal.ts";
import { asInJson } from "./process/mask.ts";
import { readOutput } from "./process/output.ts";
import { punchedOf } from "./punched.store.ts";
import { type RunFiles, runFiles } from "./run-files.ts";
import { mustBeRun, RunRef, type RunRoom } from "./run-room.ts";
import { untilGrown } from "./wait-output.ts";

/** Bytes of output that one call gives at most. */
const MAX_OUTPUT_BYTES = 256 * 1024;

/** How long a stream waits before it looks whether its reader is still there, in ms. */
const STREAM_WAIT_MS = 60_000;

const OutputPart = z.object({
  text: z.string(),
  from: z.int().describe("Where the text begins."),
  next: z.int().describe("Where to read on."),
  skipped: z.int().describe("Bytes before `from` that are no longer kept."),
  ended: z.boolean().describe("The run has ended and nothing comes after `next`."),
});

const OutputWanted = z.strictObject({
  runId: RunRef,
  stream: z
    .enum(["stdout", "stderr", "setup"])
    .default("stdout")
    .describe("Which of its outputs; setup is what setting up its workspace printed, before the agent began."),
  from: z.int().min(0).default(0).describe("First byte wanted, counted from all that it ever wrote."),
  limit: z
    .int()
    .min(1)
    .max(MAX_OUTPUT_BYTES)
    .default(64 * 1024)
    .describe("How many bytes at most."),
  waitMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe("How long to wait for something new when there is nothing yet."),
  encoding: z
    .enum(["text", "base64"])
    .default("text")
    .describe("text replaces what is not UTF-8; base64 gives the bytes."),
});

type OutputWanted = z.output<typeof OutputWanted>;

export const output = operation({
  name: "run.output",
  summary: "Read what a run printed, also while it runs. Secrets are masked.",
  effect: "read",
  scope: "read",
  rest: "GET /runs/{runId}/output",
  args: ["runId"],
  input: OutputWanted,
  output: OutputPart,
  refuses: ["not_found"],
  example: { runId: "run-42", from: 0 },
  tool: true,
  handle: (room: RunRoom & Call, input) => readPart(room, input),
  stream: {
    item: OutputPart,
    resume: { field: "from", next: ({ next }) => next },
    open: async (room: RunRoom & Call, input) => {
      await keptFiles(room, input.runId);
      return partsOf(room, input);
    },
  },
});

async function* partsOf(room: RunRoom & Call, wanted: OutputWanted) {
  for (let from = wanted.from; !room.signal.aborted; ) {
    const part = await readPart(room, { ...wanted, from, waitMs: STREAM_WAIT_MS });
    if (part.text !== "" || part.skipped > 0 || part.ended) yield part;
    if (part.ended) return;
    from = part.next;
  }
}

async function readPart(room: RunRoom & Call, { runId, stream, from, limit, waitMs, encoding }: OutputWanted) {
  const files = await keptFiles(room, runId);
  const path = stream === "setup" ? files.setupLog : files[stream];
  const run = await untilGrown({ ...room, path, from, waitMs, run: () => mustBeRun(room.store.read, runId) });
  const hole = punchedOf(run)[path];
  const piece = await readOutput(path, {
    from,
    limit,
    mask: asInJson(room.secrets()),
    ...(hole && { punchedFrom: hole[0], punchedTo: hole[1] }),
  });
  const mayContinue = encoding === "text" && run.state !== "ended";
  const bytes = mayContinue ? wholeCharacters(piece.bytes, limit) : piece.bytes;
  return {
    text:
      encoding === "base64" ? bytes.toString("base64") : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
    from: piece.from,
    next: piece.from + bytes.length,
    skipped: piece.skipped,
    ended: run.state === "ended" && bytes.length === 0,
  };
}

/** Refuses what ran and ended and has no directory any more. */
export async function keptFiles(room: RunRoom, runId: string): Promise<RunFiles> {
  const { id, state, outcome, launched_at, ended_at } = await mustBeRun(room.store.read, runId);
  const files = runFiles(room.runsDirectory, id);
  const hasRun = state === "ended" && launched_at !== null && outcome !== "never_started";
  if (!hasRun || existsSync(files.directory)) return files;
  return refuse("not_found", `The output of ${runId} is no longer kept: it ended at ${iso(ended_at)}.`, {
    hint: `Output is kept for ${room.limits().runDirectoryDays} days (limits.runDirectoryDays); the result is with its task.`,
    data: { runId, endedAt: iso(ended_at) },
  });
}

/** While more may come, a character that is not whole yet is left for the next call (RFC 3629: at most 4 bytes). */
function wholeCharacters(bytes: Buffer, limit: number): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const wants = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    // A caller that takes too few bytes for one character gets what there is.
    return wants > back && bytes.length - back > 0 && limit >= 4 ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

export const outputOperations = [output] as const;
