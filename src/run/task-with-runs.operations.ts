/** The operations on tasks that need their runs: get, explain, wait, cancel. */
import * as z from "zod";
import { actorLabel } from "../core/actor.ts";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { type Call, operation } from "../core/operation.ts";
import { refuse } from "../core/refusal.ts";
import { projectNames } from "../project/project.store.ts";
import { workspaceOf } from "../project/workspace.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import { finishTask, needsOf } from "../task/need.store.ts";
import { aiwgCancel, aiwgGet } from "../task/task.compat.ts";
import { mustBeTask } from "../task/task.operations.ts";
import { requestCancel, type TaskRow, taskById, taskDetail } from "../task/task.store.ts";
import { isFinal, TaskRef, Why } from "../task/task.ts";
import { ShownState, shownState, TaskView, taskView } from "../task/task.view.ts";
import { explain as explainTask } from "./explain.ts";
import { factsAbout } from "./explain-facts.ts";
import { historyOf } from "./handover/history.store.ts";
import { ByHand, byHandOf, StoryStage, storyOf } from "./handover/story.ts";
import { loopsAllowed } from "./loops.ts";
import { Reason } from "./reason.ts";
import { liveRunOfTask, requestStop, runsOfTask } from "./run.store.ts";
import { RunView, runView } from "./run.view.ts";
import type { RunRoom } from "./run-room.ts";
import { untilEvent, WaitMs } from "./wait.ts";
import { WorkspaceView, workspaceView } from "./workspace/workspace.view.ts";

/** Runs shown with a task, the newest first. */
const MAX_RUNS_SHOWN = 20;
/** Runs from which its story is told. */
const MAX_RUNS_TOLD = 500;

const TaskWithRuns = TaskView.extend({
  runs: z.array(RunView).describe("The newest first."),
  stages: z
    .array(StoryStage)
    .describe("Its story, stage by stage: which role had it, what came of it, which gates were green."),
  byHand: z.array(ByHand).describe("How people let it go on or had it done again, the oldest first."),
  maxLoops: z
    .int()
    .nullable()
    .describe(
      "How often it may go back before a person is asked, as the role says that last could send it back; null: none could.",
    ),
  workspace: WorkspaceView.nullable().describe("The worktree and branch in which it works; null where it has none."),
});

export const get = operation({
  name: "task.get",
  summary: "Show a task with its runs and its result.",
  effect: "read",
  scope: "read",
  rest: "GET /tasks/{taskId}",
  args: ["taskId"],
  input: z.strictObject({ taskId: TaskRef }),
  output: TaskWithRuns,
  refuses: ["not_found"],
  example: { taskId: "task-17" },
  compat: [aiwgGet],
  tool: true,
  handle: async (room: RunRoom, { taskId }) => await wholeTask(room, await mustBeTask(room.store.read, taskId)),
});

export const wait = operation({
  name: "task.wait",
  summary: "Wait until a task is finished or parked, at most for a while.",
  effect: "read",
  scope: "read",
  rest: "GET /tasks/{taskId}/wait",
  args: ["taskId"],
  input: z.strictObject({ taskId: TaskRef, waitMs: WaitMs }),
  output: TaskWithRuns.extend({ settled: z.boolean().describe("False when the time was up before.") }),
  refuses: ["not_found"],
  example: { taskId: "task-17", waitMs: 10_000 },
  tool: true,
  handle: async (room: RunRoom & Call, { taskId, waitMs }) => {
    const { store } = room;
    const { id } = await mustBeTask(store.read, taskId);
    const row = await untilEvent({
      ...room,
      waitMs,
      concerns: (event) => event.taskId === id,
      look: () => mustExist(store.read, id),
      done: isSettled,
    });
    return { ...(await wholeTask(room, row)), settled: isSettled(row) };
  },
});

export const explain = operation({
  name: "task.explain",
  summary: "Say why a task is not running, and what would change it.",
  effect: "read",
  scope: "read",
  rest: "GET /tasks/{taskId}/explain",
  args: ["taskId"],
  input: z.strictObject({ taskId: TaskRef }),
  output: z.object({ taskId: z.string(), state: ShownState, sentence: z.string(), reasons: z.array(Reason) }),
  refuses: ["not_found"],
  example: { taskId: "task-17" },
  tool: true,
  handle: async (room: RunRoom, { taskId }) => {
    const task = await mustBeTask(room.store.read, taskId);
    const reasons = explainTask(await factsAbout(room, task));
    return {
      taskId: publicId("task", task.id),
      state: shownState(task),
      sentence: reasons.map((reason) => reason.sentence).join(" ") || "It is about to start.",
      reasons,
    };
  },
});

export const cancel = operation({
  name: "task.cancel",
  summary: "Cancel a task, whatever it is doing; a running agent is ended with everything it started.",
  confirm: "Cancel {taskId}? If it runs, its agent is ended with everything it started.",
  effect: "destroy",
  scope: "operate",
  rest: "POST /tasks/{taskId}/cancel",
  args: ["taskId"],
  input: z.strictObject({ taskId: TaskRef, reason: Why }),
  output: z.object({
    taskId: z.string(),
    cancelled: z.boolean().describe("True: it is or will be cancelled; nothing can undo that."),
    state: ShownState,
    cancelRequestedAt: z.string().nullable(),
  }),
  refuses: ["not_found", "conflict"],
  example: { taskId: "task-17" },
  compat: [aiwgCancel],
  tool: true,
  handle: async ({ store, actor }: RunRoom & Call, { taskId, reason }) => {
    const row = await store.write(async (tx) =>
      cancelTask(tx, await mustBeTask(tx, taskId), actorLabel(actor), reason),
    );
    return {
      taskId: publicId("task", row.id),
      cancelled: true,
      state: shownState(row),
      cancelRequestedAt: iso(row.cancel_requested_at),
    };
  },
});

/** Durable first; whoever watches the run hears of it and ends it. */
export async function cancelTask(tx: Tx, row: TaskRow, actor: string, reason?: string): Promise<TaskRow> {
  if (row.state === "cancelled") return row;
  if (isFinal(row.state)) {
    refuse("conflict", `${publicId("task", row.id)} is ${row.state} already: there is nothing to cancel.`, {
      data: { state: row.state },
    });
  }
  if (row.state !== "running") {
    return await finishTask(tx, row, { to: "cancelled", actor, ...(reason !== undefined && { endReason: reason }) });
  }
  await requestCancel(tx, row, actor, reason);
  const run = await liveRunOfTask(tx, row.id);
  if (run) await requestStop(tx, run, "cancelled", actor);
  return await mustExist(tx, row.id);
}

async function wholeTask({ store: { read }, engine, hostId, secrets, catalog, limits }: RunRoom, row: TaskRow) {
  const [nameOf, detail, needs, runs, history, workspace] = await Promise.all([
    projectNames(read),
    taskDetail(read, row.id),
    needsOf(read, row.id),
    runsOfTask(read, row.id, MAX_RUNS_TOLD),
    historyOf(read, row.id),
    workspaceOf(read, row.id, hostId),
  ]);
  return {
    ...taskView({ row, project: nameOf(row.project_id), detail, needs }),
    maxLoops: loopsAllowed(row, runs, catalog.current(), limits()),
    stages: storyOf(runs, history),
    byHand: byHandOf(history),
    runs: runs
      .slice(0, MAX_RUNS_SHOWN)
      .map((run) => runView(run, { live: engine.activityOf(run.id), secrets: secrets() })),
    workspace: workspace ? workspaceView(workspace) : null,
  };
}

async function mustExist(read: Reader, id: number): Promise<TaskRow> {
  const row = await taskById(read, id);
  if (!row) return refuse("not_found", `${publicId("task", id)} is gone.`);
  return row;
}

function isSettled(row: TaskRow): boolean {
  return isFinal(row.state) || row.state === "parked";
}

export const taskWithRunOperations = [get, wait, explain, cancel] as const;
