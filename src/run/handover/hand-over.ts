/** Reads what an agent is told of its turn: the role as it is now, the task's story up to here, and what its sub-tasks came to. */
import type { CatalogSource } from "../../agent/catalog.ts";
import { fields } from "../../agent/runtimes/json-line.ts";
import type { Limits } from "../../config/limits.ts";
import { publicId } from "../../core/ids.ts";
import type { Store } from "../../store/store.ts";
import type { TaskRow } from "../../task/task.store.ts";
import { childrenOf } from "../../task/task-list.store.ts";
import { type RunRow, runsOfTask } from "../run.store.ts";
import { turnOf } from "../turn.ts";
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
  const turn = turnOf(role, limits());
  const isFirst = run.number === 1;
  return {
    taskId: publicId("task", task.id),
    title: task.title,
    role: run.role,
    turn: run.stage + 1,
    loops: task.loops,
    maxLoops: turn.maxLoops,
    instructions: role?.instructions ?? null,
    gates: role?.gates ?? [],
    integratesInto: role?.integration && role.integration.policy !== "leave" ? role.integration.into : null,
    next: { completed: turn.next.completed ?? null, failed: turn.next.failed ?? null },
    before: isFirst ? [] : storyOf(await earlierRuns(store, run)),
    subtasks: isFirst ? [] : await subtasksOf(store, task.id),
  };
}

/** Those of one that never started tell nothing. */
async function earlierRuns({ read }: Store, run: RunRow): Promise<RunRow[]> {
  const runs = await runsOfTask(read, run.task_id, MAX_RUNS);
  return runs.filter(({ id, outcome }) => id < run.id && outcome !== "never_started");
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
