/** Reads what an agent is told of its stage: the role as it is now, the task's story up to here, and what its sub-tasks came to. */
import type { CatalogSource } from "../../agent/catalog.ts";
import { fields } from "../../agent/runtimes/json-line.ts";
import type { Limits } from "../../config/limits.ts";
import { publicId } from "../../core/ids.ts";
import type { Reader, Store } from "../../store/store.ts";
import type { TaskRow } from "../../task/task.store.ts";
import { childrenOf } from "../../task/task-list.store.ts";
import { type RunRow, runsOfTask } from "../run.store.ts";
import { stageOf } from "../stage.ts";
import type { Envelope, Subtask } from "./envelope.ts";
import { storyOf } from "./story.ts";

/** Runs that are looked at for the story; earlier ones are in the task's history only. */
const MAX_RUNS = 60;
/** Sub-tasks that are told of. */
const MAX_SUBTASKS = 50;
/** Of the summary of a sub-task, in characters. */
const MAX_SUMMARY = 1_000;

export interface Reading {
  readonly store: Store;
  readonly catalog: CatalogSource;
  readonly limits: () => Limits;
}

export async function envelopeFor({ store, catalog, limits }: Reading, run: RunRow, task: TaskRow): Promise<Envelope> {
  const role = catalog.current().role(run.project_id, run.role)?.body;
  const stage = stageOf(role, limits());
  const isFirst = run.number === 1;
  const earlier = isFirst ? [] : await earlierRuns(store, run);
  // Not since the last gate: one that was let go on may have run before an agent is told anything.
  const told = earlier.filter(({ gate }) => gate === null).map(({ created_at }) => created_at);
  return {
    taskId: publicId("task", task.id),
    title: task.title,
    role: run.role,
    stage: run.stage + 1,
    loops: task.loops,
    maxLoops: stage.maxLoops,
    instructions: role?.instructions ?? null,
    gates: role?.gates ?? [],
    integratesInto: role?.integration && role.integration.policy !== "leave" ? role.integration.into : null,
    next: { completed: stage.next.completed ?? null, failed: stage.next.failed ?? null },
    before: storyOf(earlier),
    subtasks: isFirst ? [] : await subtasksOf(store, task.id),
    note: await resumeNote(store.read, task.id, Math.max(0, ...told)),
  };
}

/** Those of one that never started tell nothing. */
async function earlierRuns({ read }: Store, run: RunRow): Promise<RunRow[]> {
  const runs = await runsOfTask(read, run.task_id, MAX_RUNS);
  return runs.filter(({ id, outcome }) => id < run.id && outcome !== "never_started");
}

/** The last note with which the task was resumed since then; null when it was not, or without a note. */
async function resumeNote(read: Reader, taskId: number, since: number): Promise<string | null> {
  const row = await read.get<{ data: string }>(
    "SELECT data FROM event WHERE task_id = ? AND topic = 'task.resumed' AND at >= ? ORDER BY id DESC LIMIT 1",
    taskId,
    since,
  );
  const { note } = row ? (JSON.parse(row.data) as { note?: unknown }) : {};
  return typeof note === "string" && note !== "" ? note : null;
}

async function subtasksOf({ read }: Store, taskId: number): Promise<Subtask[]> {
  const rows = await childrenOf(read, taskId, MAX_SUBTASKS);
  return rows.map(({ id, title, state, result }) => ({
    taskId: publicId("task", id),
    title,
    state,
    summary: summaryIn(result),
  }));
}

function summaryIn(result: string | null): string | null {
  if (result === null) return null;
  const { value } = fields(JSON.parse(result));
  const said = typeof value === "string" ? value : fields(value).summary;
  return typeof said === "string" ? said.slice(0, MAX_SUMMARY).toWellFormed() : null;
}
