/** The door of an agent to its own run: read its task, leave what came of it, ask a person, hand a part on. */
import * as z from "zod";
import { mayMore } from "../agent/agent.ts";
import type { Catalog, Roles } from "../agent/catalog.ts";
import { actorLabel } from "../core/actor.ts";
import { publicId } from "../core/ids.ts";
import { Json } from "../core/json.ts";
import { type Call, operation } from "../core/operation.ts";
import { refuse } from "../core/refusal.ts";
import type { Reader, Tx } from "../store/store.ts";
import { needsOf } from "../task/need.store.ts";
import { submitTask } from "../task/task.service.ts";
import { type TaskRow, taskById, taskDetail } from "../task/task.store.ts";
import { Name, NewTask, PlainText } from "../task/task.ts";
import { ShownState } from "../task/task.view.ts";
import { StoryStage, storyOf } from "./handover/story.ts";
import { type RunRow, runById, runsOfTask } from "./run.store.ts";
import { runFiles, writeResult } from "./run-files.ts";
import type { RunRoom } from "./run-room.ts";

/** Runs from which is told what was done before. */
const MAX_RUNS = 100;

export const own = operation({
  name: "task.own",
  summary: "Read the task that you work on, with the results of the tasks that it needed.",
  effect: "read",
  scope: "read",
  rest: "GET /own/task",
  input: z.strictObject({}),
  output: z.object({
    taskId: z.string(),
    runId: z.string(),
    title: z.string(),
    prompt: z.string(),
    role: z.string(),
    stage: z.int().describe("Which stage of the task this is, counted from 1."),
    before: z
      .array(StoryStage)
      .describe("The stages before it: who had the task, what they left, which gates were green."),
    data: z.unknown(),
    needs: z.array(z.object({ taskId: z.string(), state: ShownState, result: z.unknown() })),
  }),
  refuses: ["conflict"],
  example: {},
  tool: true,
  forRun: true,
  handle: async ({ store, actor }: RunRoom & Call) => {
    const { run, task } = await mustLive(store.read, actor);
    const [detail, needs, runs] = await Promise.all([
      taskDetail(store.read, task.id),
      needsOf(store.read, task.id),
      runsOfTask(store.read, task.id, MAX_RUNS),
    ]);
    return {
      taskId: publicId("task", task.id),
      runId: publicId("run", run.id),
      title: task.title,
      prompt: detail.prompt,
      role: task.role,
      stage: task.stage + 1,
      before: storyOf(runs.filter(({ stage }) => stage < task.stage)),
      data: detail.data === null ? null : JSON.parse(detail.data),
      needs: await Promise.all(
        needs.map(async ({ on_task_id, state }) => {
          const { result } = await taskDetail(store.read, on_task_id);
          return { taskId: publicId("task", on_task_id), state, result: result === null ? null : JSON.parse(result) };
        }),
      ),
    };
  },
});

export const report = operation({
  name: "task.report",
  summary: "Leave what came of your task. What was left before is replaced; it counts when your run ends.",
  effect: "write",
  scope: "operate",
  rest: "POST /own/report",
  args: ["summary"],
  input: z.strictObject({
    outcome: z.enum(["completed", "failed"]).default("completed").describe("failed: you could not do it."),
    summary: PlainText.min(1).max(20_000).describe("What was done, or why it could not be, for a person."),
    value: Json.optional().describe("Anything for the tasks that need this one."),
  }),
  output: z.object({ taskId: z.string(), left: z.literal(true) }),
  refuses: ["conflict"],
  example: { summary: "The test is stable: the clock is injected now." },
  tool: true,
  forRun: true,
  handle: async (room: RunRoom & Call, { outcome, summary, value }) =>
    await leave(room, { outcome, summary, ...(value !== undefined && { value }) }),
});

export const ask = operation({
  name: "task.ask",
  summary:
    "Ask a person something that you cannot decide. Then end your turn: your task waits, and you go on with the answer.",
  effect: "write",
  scope: "operate",
  rest: "POST /own/question",
  args: ["question"],
  input: z.strictObject({ question: PlainText.min(1).max(500).describe("With all that whoever answers must know.") }),
  output: z.object({ taskId: z.string(), left: z.literal(true) }),
  refuses: ["conflict"],
  example: { question: "May the public API change?" },
  tool: true,
  forRun: true,
  handle: async (room: RunRoom & Call, { question }) => await leave(room, { waitsFor: "question", question }),
});

export const awaitSubtasks = operation({
  name: "task.await",
  summary:
    "Wait for your sub-tasks. Then end your turn: you go on, with what they came to, when all of them have ended, however they did.",
  effect: "write",
  scope: "operate",
  rest: "POST /own/await",
  input: z.strictObject({}),
  output: z.object({ taskId: z.string(), left: z.literal(true), subtasks: z.int().describe("How many are open.") }),
  refuses: ["conflict"],
  example: {},
  tool: true,
  forRun: true,
  handle: async (room: RunRoom & Call) => {
    const { task } = await mustLive(room.store.read, room.actor);
    if (task.open_children === 0) {
      refuse("conflict", "You have no open sub-task to wait for.", {
        hint: "`task.own` and your next prompt tell of those that ended.",
      });
    }
    return { ...(await leave(room, { waitsFor: "subtasks" })), subtasks: task.open_children };
  },
});

export const delegate = operation({
  name: "task.delegate",
  summary: "Hand a part of your task to another run, as a sub-task. Your task is not completed before it is.",
  effect: "write",
  scope: "operate",
  rest: "POST /own/subtasks",
  args: ["prompt"],
  input: z.strictObject({
    prompt: PlainText.min(1).describe("All that its agent must know: it sees nothing of what you saw."),
    title: PlainText.min(1).optional().describe("A line for lists."),
    role: Name.optional().describe("Default: the role of your own task."),
  }),
  output: z.object({ taskId: z.string(), state: ShownState }),
  refuses: ["conflict", "queue_full", "not_found"],
  example: { prompt: "Update the docs of the client to the new names." },
  tool: true,
  forRun: true,
  handle: async ({ store, limits, catalog, actor }: RunRoom & Call, { prompt, title, role }) => {
    const { task } = await store.write(async (tx) => {
      const { run, task: parent } = await mustLive(tx, actor);
      const isOwnRole = role === undefined || role === parent.role;
      if (!isOwnRole) refuseFreer(catalog.current(), run, role);
      await refuseTooMany(tx, parent, limits());
      const { cwd, workspace } = await taskDetail(tx, parent.id);
      const input = NewTask.parse({
        prompt,
        title,
        role: role ?? parent.role,
        agent: (isOwnRole && parent.agent) || undefined,
        priority: parent.priority,
        cwd: cwd ?? undefined,
        // Whoever may only work beside the directory hands on no work in it.
        workspace: workspace === "worktree" ? workspace : undefined,
      });
      return await submitTask(tx, input, actorLabel(actor), limits(), { projectId: parent.project_id, parent });
    });
    return { taskId: publicId("task", task.id), state: task.state };
  },
});

async function leave({ store, limits, runsDirectory, secrets, actor }: RunRoom & Call, value: object) {
  const { run, task } = await mustLive(store.read, actor);
  const files = runFiles(runsDirectory, run.id);
  const { resultBytes } = limits();
  const bytes = writeResult(files, value, { maxBytes: resultBytes, mask: secrets() });
  if (bytes > resultBytes) {
    refuse("too_large", `The result has ${bytes} bytes; the limit is ${resultBytes} (limits.resultBytes).`, {
      hint: "Leave the long parts in files of the workspace, and say where.",
    });
  }
  return { taskId: publicId("task", task.id), left: true as const };
}

async function mustLive(read: Reader, { runId }: Call["actor"]): Promise<{ run: RunRow; task: TaskRow }> {
  const run = runId === undefined ? undefined : await runById(read, runId);
  const task = run && run.state !== "ended" ? await taskById(read, run.task_id) : undefined;
  return run && task ? { run, task } : refuse("conflict", "Your run has ended.");
}

/** What an agent may not do itself, it must not have done by one that may. */
function refuseFreer(catalog: Catalog, run: RunRow, wanted: string): void {
  for (const role of stagesAfter(catalog.rolesOf(run.project_id), wanted)) refuseFreerStage(catalog, run, role);
}

/** It, and all roles that a task of it may be handed on to. */
function stagesAfter(roles: Roles, role: string): ReadonlySet<string> {
  const found = new Set([role]);
  // What is added while it is gone through is gone through as well.
  for (const at of found) {
    for (const next of Object.values(roles.get(at)?.body.next ?? {})) if (typeof next === "string") found.add(next);
  }
  return found;
}

function refuseFreerStage(catalog: Catalog, { project_id, agent: own }: RunRow, role: string): void {
  const { agents } = catalog;
  const name = catalog.role(project_id, role)?.body.agent;
  if (name === own) return;
  const [mine, other] = [agents.get(own)?.body, name === undefined ? undefined : agents.get(name)?.body];
  const hint = "Leave `role` out: the role of your own task may always be given.";
  if (!mine || !other) refuse("denied", `Nobody knows what the agent of the role "${role}" may do.`, { hint });
  if (mayMore(other, mine)) refuse("denied", `The agent of the role "${role}" may do more unasked than you.`, { hint });
}

/** An agent that hands out work without end would fill the night with it. */
async function refuseTooMany(
  tx: Tx,
  parent: TaskRow,
  limits: { readonly taskSubtasks: number; readonly subtaskLevels: number },
): Promise<void> {
  const row = await tx.get<{ n: number }>("SELECT count(*) AS n FROM task WHERE parent_id = ?", parent.id);
  if (Number(row?.n ?? 0) >= limits.taskSubtasks) {
    refuse("conflict", `${publicId("task", parent.id)} has ${limits.taskSubtasks} sub-tasks already.`, {
      hint: "Do the rest yourself; limits.taskSubtasks says how many there may be.",
    });
  }
  let depth = 1;
  for (let at = parent; at.parent_id !== null; depth++) {
    const above = await taskById(tx, at.parent_id);
    if (!above) break;
    at = above;
  }
  if (depth <= limits.subtaskLevels) return;
  refuse("conflict", `Sub-tasks go ${limits.subtaskLevels} deep at most.`, {
    hint: "Do it yourself; limits.subtaskLevels says how deep.",
  });
}

export const forRunOperations = [own, report, ask, delegate, awaitSubtasks] as const;
