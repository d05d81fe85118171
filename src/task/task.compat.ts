/** Tasks as AIWG's clients know them (`tools/daemon`, its section on IPC): one record with everything, five states. */
import type { Compat, CompatContext, Fields } from "../core/compat.ts";
import { refuse } from "../core/refusal.ts";

/** How many tasks AIWG lists when it is told no number, and the most that we give. */
const LISTED = 20;
const MOST_LISTED = 500;

/** AIWG knows one way of waiting. */
const WAITING = ["queued", "blocked", "scheduled", "parked"];
const RUNNING = ["running", "stopping"];

function theirState(state: unknown): string {
  if (WAITING.includes(String(state))) return "queued";
  return RUNNING.includes(String(state)) ? "running" : String(state);
}

interface Run {
  readonly createdAt: string;
  readonly pid: number | null;
  readonly state: string;
  readonly reason: string | null;
}

/** From `task.get`. */
function theirTask(ours: Fields): object {
  const { taskId, prompt, agent, priority, createdAt, finishedAt, endReason, result, runs } = ours;
  const state = theirState(ours.state);
  const [last] = (runs ?? []) as Run[];
  const said = (result as { value?: unknown } | null)?.value ?? null;
  const text = said === null || typeof said === "string" ? said : JSON.stringify(said);
  return {
    id: taskId,
    prompt,
    agent,
    priority,
    state,
    createdAt,
    startedAt: last?.createdAt ?? null,
    completedAt: finishedAt,
    pid: last && last.state !== "ended" ? last.pid : null,
    result: state === "completed" ? text : null,
    error: state === "failed" ? (last?.reason ?? endReason) : null,
    output: text ?? "",
    metadata: ours.data ?? {},
  };
}

const needed = (theirs: Fields, field: string): unknown => {
  const value = theirs[field];
  if (value !== undefined && value !== null && value !== "") return value;
  return refuse("invalid_input", `Missing required parameter: ${field}`);
};

const present = (entries: Fields) =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined && value !== null));

const submitted = ({ taskId, state }: Fields) => ({ taskId, state: theirState(state) });

export const aiwgSubmit: Compat = {
  seed: "aiwg",
  at: "task.submit",
  input: (theirs) => ({
    prompt: needed(theirs, "prompt"),
    ...present({ agent: theirs.agent, priority: theirs.priority }),
  }),
  answer: submitted,
};

/** A message there is a task with a priority of its own. */
export const aiwgChat: Compat = {
  seed: "aiwg",
  at: "chat.send",
  input: (theirs) => ({
    prompt: needed(theirs, "message"),
    priority: theirs.priority || 5,
    data: { source: "ipc-chat" },
  }),
  answer: ({ taskId }) => ({ taskId }),
};

export const aiwgCancel: Compat = {
  seed: "aiwg",
  at: "task.cancel",
  input: (theirs) => ({ taskId: needed(theirs, "taskId") }),
  answer: () => ({ cancelled: true }),
  instead: { not_found: { cancelled: false }, conflict: { cancelled: false } },
};

export const aiwgGet: Compat = {
  seed: "aiwg",
  at: "task.get",
  input: (theirs) => ({ taskId: needed(theirs, "taskId") }),
  answer: theirTask,
  codes: { not_found: -32602 },
  words: { not_found: ({ taskId }) => `Task not found: ${taskId}` },
};

export const aiwgList: Compat = {
  seed: "aiwg",
  at: "task.list",
  input: (theirs) => ({ limit: limitOf(theirs), ...present({ state: theirs.state }) }),
  answer: listWhole,
};

function limitOf({ limit }: Fields): number {
  const wanted = typeof limit === "number" && Number.isInteger(limit) && limit > 0 ? limit : LISTED;
  return Math.min(wanted, MOST_LISTED);
}

/** A bare array of whole tasks, the newest first. `queued` there are all of ours that wait. */
async function listWhole(ours: Fields, { theirs, ask }: CompatContext): Promise<unknown[]> {
  const limit = limitOf(theirs);
  const others = theirs.state === "queued" ? WAITING.filter((state) => state !== "queued") : [];
  const pages = [ours, ...((await Promise.all(others.map((state) => ask("task.list", { state, limit })))) as Fields[])];
  const tasks = pages.flatMap(({ tasks: some }) => some as { taskId: string }[]);
  const newest = tasks.sort((a, b) => numberIn(b.taskId) - numberIn(a.taskId)).slice(0, limit);
  return await Promise.all(newest.map(async ({ taskId }) => theirTask((await ask("task.get", { taskId })) as Fields)));
}

function numberIn(taskId: string): number {
  return Number(taskId.slice(taskId.lastIndexOf("-") + 1));
}

export const aiwgStats: Compat = {
  seed: "aiwg",
  at: "task.stats",
  answer: ({ total, queued, blocked, scheduled, parked, running, completed, failed, cancelled }) => ({
    total,
    queued: [queued, blocked, scheduled, parked].reduce<number>((sum, n) => sum + Number(n), 0),
    running,
    completed,
    failed,
    cancelled,
  }),
};
