/** Lists for people: the columns one looks for, on a line that fits a terminal, and the way to the next page. */
import { visibleLine } from "../visible.ts";
import { renderAny } from "./generic.ts";

/** Longest title shown in a list, in characters. */
const TITLE_CHARACTERS = 48;

/** Where tasks of no project are: not worth a column. */
const NO_PROJECT = "default";

export type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;

export function renderTasks(result: unknown): string {
  const { tasks, next } = result as { tasks: Row[]; next: string | null };
  if (tasks.length === 0) return "There are no such tasks.\n";
  const hasProjects = tasks.some(({ project }) => project !== NO_PROJECT);
  const rows = tasks.map((task) => ({
    task: task.taskId,
    ...(hasProjects && { project: task.project }),
    key: task.key,
    state: task.state,
    role: task.role,
    priority: task.priority,
    age: ageOf(task.createdAt),
    title: cut(task.title),
  }));
  return table(rows) + more(next, "task list");
}

export function renderRuns(result: unknown): string {
  const { runs, next } = result as { runs: Row[]; next: string | null };
  if (runs.length === 0) return "There are no such runs.\n";
  const rows = runs.map((run) => ({
    run: run.runId,
    task: run.taskId,
    agent: run.agent,
    state: run.state,
    outcome: run.outcome,
    exit: run.exitCode,
    took: took(run.startedAt, run.endedAt),
    age: ageOf(run.createdAt),
    reason: cut(run.reason),
  }));
  return table(rows) + more(next, "run list");
}

export function renderEvents(result: unknown): string {
  const { events, next } = result as { events: (Row & { data: Record<string, unknown> })[]; next: number };
  if (events.length === 0) return "There are no such events.\n";
  const rows = events.map(({ number, at, topic, actor, taskId, runId, data }) => ({
    number,
    at: String(at).slice(0, 19).replace("T", " "),
    topic,
    actor,
    task: taskId,
    run: runId,
    data: Object.entries(data)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
      .join(" "),
  }));
  return `${table(rows)}next: steward event list --after ${next}\n`;
}

export function table(rows: readonly Row[]): string {
  return renderAny(rows);
}

export function more(next: string | null, verb: string): string {
  return next === null ? "" : `more: steward ${verb} --before ${visibleLine(next)}\n`;
}

export function cut(value: Row[string]): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  return text.length > TITLE_CHARACTERS ? `${text.slice(0, TITLE_CHARACTERS - 1).toWellFormed()}…` : text;
}

export function ageOf(at: Row[string]): string | null {
  return typeof at === "string" ? span(Date.now() - Date.parse(at)) : null;
}

function took(from: Row[string], to: Row[string]): string | null {
  if (typeof from !== "string") return null;
  return span((typeof to === "string" ? Date.parse(to) : Date.now()) - Date.parse(from));
}

/** `850 ms`, `12 s`, `3 min`, `5 h`, `2 d`: one number is enough in a list. */
function span(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}
