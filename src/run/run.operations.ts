/** The public door of runs: list, get, wait, start one, give one up. */
import * as z from "zod";
import { actorLabel } from "../core/actor.ts";
import { publicId } from "../core/ids.ts";
import { type Call, operation } from "../core/operation.ts";
import { PageLimit, pageSize } from "../core/page.ts";
import { refuse } from "../core/refusal.ts";
import { projectIdNamed } from "../project/project.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import { Name, PlainText, Why } from "../task/task.ts";
import type { Claim } from "./claim.store.ts";
import { roleSwitches } from "./role/role-switch.store.ts";
import { pausedSentence, resumeCommand, switchOf } from "./role/role-switch.ts";
import { listRuns, requestStop } from "./run.store.ts";
import { RunView, runView } from "./run.view.ts";
import { mustBeRun, RunRef, type RunRoom, runNumber } from "./run-room.ts";
import { untilEvent, WaitMs } from "./wait.ts";

export const list = operation({
  name: "run.list",
  summary: "List runs, the newest first.",
  effect: "read",
  scope: "read",
  rest: "GET /runs",
  input: z.strictObject({
    state: z.enum(["starting", "running", "ended"]).optional().describe("Only runs in this state."),
    role: Name.optional().describe("Only runs of this role, its gates included."),
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
  handle: async ({ store, limits, engine, secrets }: RunRoom, { state, role, limit, before }) => {
    const size = pageSize(limit, limits());
    const rows = await listRuns(store.read, {
      state,
      role,
      before: before === undefined ? undefined : runNumber(before),
      limit: size + 1,
    });
    const page = rows.slice(0, size);
    const oldest = page.at(-1);
    return {
      runs: page.map((row) => runView(row, { live: engine.activityOf(row.id), secrets: secrets() })),
      next: rows.length > size && oldest ? publicId("run", oldest.id) : null,
    };
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
  handle: async ({ store, engine, secrets }: RunRoom, { runId }) => {
    const row = await mustBeRun(store.read, runId);
    return runView(row, { live: engine.activityOf(row.id), secrets: secrets() });
  },
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
  tool: true,
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

export const start = operation({
  name: "run.start",
  summary: "Start a run of the best claimable task of a role now, also in standby.",
  effect: "write",
  scope: "operate",
  rest: "POST /runs",
  args: ["role"],
  input: z.strictObject({
    role: Name.describe("The role whose tasks are looked at."),
    project: Name.optional().describe(
      "Only tasks of this project; `default` is where tasks of no project are. Default: of all projects.",
    ),
    owner: PlainText.min(1)
      .max(200)
      .optional()
      .describe("Who runs it, as ada@laptop: shown with the run. Default: who asks."),
  }),
  output: z.object({
    runId: z
      .string()
      .nullable()
      .describe(
        "null: there is nothing to do, or a limit is reached. What keeps the host from launching anything is refused as `unavailable`.",
      ),
    taskId: z.string().nullable(),
  }),
  refuses: ["conflict", "not_found"],
  example: { role: "builder" },
  handle: async ({ engine, store, request, actor }: RunRoom & Call, { role, project, owner }) => {
    const known = await request?.recall(store.read);
    if (known) return known.result as { runId: string; taskId: string };
    const projectId = await projectIdNamed(store.read, project);
    const claim = await engine.startOne(role, {
      projectId,
      claimedBy: owner ?? actorLabel(actor),
      alongside: async (tx, claimed) => request?.record(tx, startedView(claimed)),
    });
    if (claim) return startedView(claim);
    const of = { project_id: projectId ?? DEFAULT_PROJECT.id, role };
    const said = switchOf(await roleSwitches(store.read), of);
    if (said?.state !== "off") return { runId: null, taskId: null };
    const where = project ?? DEFAULT_PROJECT.key;
    return refuse("conflict", pausedSentence(said, where), { hint: `\`${resumeCommand(said, where)}\`.` });
  },
});

function startedView({ run, task }: Claim) {
  return { runId: publicId("run", run.id), taskId: publicId("task", task.id) };
}

export const abandon = operation({
  name: "run.abandon",
  summary: "Give up a run: it is ended, and its task goes on as if the run had been lost.",
  confirm: "Give up {runId}? It is ended, and its task goes on as if the run had been lost.",
  effect: "destroy",
  scope: "operate",
  rest: "POST /runs/{runId}/abandon",
  args: ["runId"],
  input: z.strictObject({ runId: RunRef, reason: Why }),
  output: RunView,
  refuses: ["not_found", "conflict"],
  example: { runId: "run-42" },
  handle: async ({ store, actor }: RunRoom & Call, { runId, reason }) => {
    const row = await store.write(async (tx) => {
      const run = await mustBeRun(tx, runId);
      if (run.state === "ended") refuse("conflict", `${runId} has ended already (${run.outcome}).`);
      await requestStop(tx, run, "abandoned", actorLabel(actor), reason);
      return await mustBeRun(tx, runId);
    });
    return runView(row);
  },
});

export const runOperations = [list, get, wait, start, abandon] as const;
