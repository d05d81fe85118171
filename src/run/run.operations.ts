/** The public door of runs: list, get, wait, read their output, start one, give one up. */
import { existsSync } from "node:fs";
import * as z from "zod";
import type { CatalogSource } from "../agent/catalog.ts";
import type { Limits } from "../config/limits.ts";
import { actorLabel } from "../core/actor.ts";
import { type Clock, iso } from "../core/clock.ts";
import { parseId, publicId } from "../core/ids.ts";
import { type Call, operation } from "../core/operation.ts";
import { PageLimit, pageSize } from "../core/page.ts";
import { refuse } from "../core/refusal.ts";
import type { Reader, Store } from "../store/store.ts";
import { Name } from "../task/task.ts";
import type { Engine } from "./engine.ts";
import { readOutput } from "./process/output.ts";
import { listRuns, punchedOf, type RunRow, requestStop, runById } from "./run.store.ts";
import { RunView, runView } from "./run.view.ts";
import { type RunFiles, runFiles } from "./run-files.ts";
import { untilEvent, WaitMs } from "./wait.ts";
import { untilGrown } from "./wait-output.ts";

export interface RunRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: () => Limits;
  readonly catalog: CatalogSource;
  readonly engine: Engine;
  readonly hostId: number;
  readonly maxRuns: () => number;
  readonly runsDirectory: string;
  readonly secrets: () => readonly string[];
}

const RunRef = z.string().min(1).max(40).describe("A run's id, as run-42.");

/** Bytes of output that one call gives at most. */
const MAX_OUTPUT_BYTES = 256 * 1024;

export const list = operation({
  name: "run.list",
  summary: "List runs, the newest first.",
  effect: "read",
  scope: "read",
  rest: "GET /runs",
  input: z.strictObject({
    state: z.enum(["starting", "running", "ended"]).optional().describe("Only runs in this state."),
    limit: PageLimit,
    before: RunRef.optional().describe("Only runs older than this one: `next` of the page before."),
  }),
  output: z.object({
    runs: z.array(RunView),
    next: z.string().nullable().describe("Give it as `before` for the next page."),
  }),
  refuses: ["not_found"],
  example: { state: "running" },
  tool: true,
  handle: async ({ store, limits }: RunRoom, { state, limit, before }) => {
    const size = pageSize(limit, limits());
    const rows = await listRuns(store.read, {
      state,
      before: before === undefined ? undefined : runNumber(before),
      limit: size + 1,
    });
    const page = rows.slice(0, size);
    const oldest = page.at(-1);
    return { runs: page.map(runView), next: rows.length > size && oldest ? publicId("run", oldest.id) : null };
  },
});

export const get = operation({
  name: "run.get",
  summary: "Show a run.",
  effect: "read",
  scope: "read",
  rest: "GET /runs/{runId}",
  args: ["runId"],
  input: z.strictObject({ runId: RunRef }),
  output: RunView,
  refuses: ["not_found"],
  example: { runId: "run-42" },
  tool: true,
  handle: async ({ store }: RunRoom, { runId }) => runView(await mustBeRun(store.read, runId)),
});

export const wait = operation({
  name: "run.wait",
  summary: "Wait until a run has ended, at most for a while.",
  effect: "read",
  scope: "read",
  rest: "GET /runs/{runId}/wait",
  args: ["runId"],
  input: z.strictObject({ runId: RunRef, waitMs: WaitMs }),
  output: RunView,
  refuses: ["not_found"],
  example: { runId: "run-42", waitMs: 10_000 },
  handle: async ({ store, clock, signal }: RunRoom & Call, { runId, waitMs }) => {
    const { id } = await mustBeRun(store.read, runId);
    const row = await untilEvent({
      store,
      clock,
      signal,
      waitMs,
      concerns: (event) => event.runId === id,
      look: () => mustBeRun(store.read, runId),
      done: (run) => run.state === "ended",
    });
    return runView(row);
  },
});

export const output = operation({
  name: "run.output",
  summary: "Read what a run printed, also while it runs. Secrets are masked.",
  effect: "read",
  scope: "read",
  rest: "GET /runs/{runId}/output",
  args: ["runId"],
  input: z.strictObject({
    runId: RunRef,
    stream: z.enum(["stdout", "stderr"]).default("stdout").describe("Which of its outputs."),
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
  }),
  output: z.object({
    text: z.string(),
    from: z.int().describe("Where the text begins."),
    next: z.int().describe("Where to read on."),
    skipped: z.int().describe("Bytes before `from` that are no longer kept."),
    ended: z.boolean().describe("The run has ended and nothing comes after `next`."),
  }),
  refuses: ["not_found"],
  example: { runId: "run-42", from: 0 },
  tool: true,
  handle: async (room: RunRoom & Call, { runId, stream, from, limit, waitMs, encoding }) => {
    const found = await mustBeRun(room.store.read, runId);
    const files = runFiles(room.runsDirectory, found.id);
    if (isForgotten(found, files)) outputForgotten(runId, found, room.limits());
    const path = files[stream];
    const run = await untilGrown({ ...room, path, from, waitMs, run: () => mustBeRun(room.store.read, runId) });
    const hole = punchedOf(run)[path];
    const piece = await readOutput(path, {
      from,
      limit,
      mask: room.secrets(),
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
  },
});

export const start = operation({
  name: "run.start",
  summary: "Start a run of the best claimable task of a role now, also in standby.",
  effect: "write",
  scope: "operate",
  rest: "POST /runs",
  args: ["role"],
  input: z.strictObject({ role: Name.describe("The role whose tasks are looked at.") }),
  output: z.object({
    runId: z.string().nullable().describe("null: there is nothing to do, or a limit is reached."),
    taskId: z.string().nullable(),
  }),
  refuses: [],
  example: { role: "builder" },
  handle: async ({ engine }: RunRoom, { role }) => {
    const claim = await engine.startOne(role);
    return claim
      ? { runId: publicId("run", claim.run.id), taskId: publicId("task", claim.task.id) }
      : { runId: null, taskId: null };
  },
});

export const abandon = operation({
  name: "run.abandon",
  summary: "Give up a run: it is ended, and its task goes on as if the run had been lost.",
  effect: "destroy",
  scope: "operate",
  rest: "POST /runs/{runId}/abandon",
  args: ["runId"],
  input: z.strictObject({ runId: RunRef }),
  output: RunView,
  refuses: ["not_found", "conflict"],
  example: { runId: "run-42" },
  handle: async ({ store, actor }: RunRoom & Call, { runId }) => {
    const row = await store.write(async (tx) => {
      const run = await mustBeRun(tx, runId);
      if (run.state === "ended") refuse("conflict", `${runId} has ended already (${run.outcome}).`);
      await requestStop(tx, run, "abandoned", actorLabel(actor));
      return await mustBeRun(tx, runId);
    });
    return runView(row);
  },
});

function runNumber(reference: string): number {
  return parseId("run", reference) ?? noSuchRun(reference);
}

async function mustBeRun(read: Reader, reference: string): Promise<RunRow> {
  return (await runById(read, runNumber(reference))) ?? noSuchRun(reference);
}

function noSuchRun(reference: string): never {
  return refuse("not_found", `There is no run "${reference}".`, {
    hint: "`steward run list` shows what there is.",
    data: { runId: reference },
  });
}

/** It ran and ended, and its directory is no more. */
function isForgotten({ state, outcome, launched_at }: RunRow, { directory }: RunFiles): boolean {
  return state === "ended" && launched_at !== null && outcome !== "never_started" && !existsSync(directory);
}

function outputForgotten(runId: string, { ended_at }: RunRow, { runDirectoryDays }: Limits): never {
  return refuse("not_found", `The output of ${runId} is no longer kept: it ended at ${iso(ended_at)}.`, {
    hint: `Output is kept for ${runDirectoryDays} days (limits.runDirectoryDays); the result is with its task.`,
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

export const runOperations = [list, get, wait, output, start, abandon] as const;
