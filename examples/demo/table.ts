/** The queue as a table of 80 columns: each task, who does it, for how long, and what came of it. */
import { styleText } from "node:util";
import type { Task } from "./follow.ts";

export const TABLE_WIDTH = 80;

/** Width of each column but the last, which takes what is left. */
const COLUMNS = { task: 8, role: 10, agent: 8, state: 9, time: 5 } as const;
const WHAT_WIDTH = TABLE_WIDTH - 2 - Object.values(COLUMNS).reduce((sum, width) => sum + width + 2, 0);

type Style = Parameters<typeof styleText>[0];

/** Others are shown as they are. */
const STYLES: Readonly<Record<string, Style>> = {
  blocked: "dim",
  running: "cyan",
  completed: "green",
  failed: "red",
  parked: "red",
};

/** `now`, in epoch ms, is how far the time of what still runs is counted. */
export function tableOf(tasks: readonly Task[], now: number): string[] {
  const head = rowOf({ task: "TASK", role: "ROLE", agent: "AGENT", state: "STATE", time: " TIME", what: "WHAT" });
  return [styleText("dim", head), ...tasks.map((task) => styledRow(task, tasks, now))];
}

function styledRow(task: Task, tasks: readonly Task[], now: number): string {
  const style = STYLES[task.state];
  const row = rowOf({
    task: nameOf(task),
    role: task.role,
    agent: agentOf(task),
    state: task.state,
    time: seconds(workedMs(task, now)).padStart(COLUMNS.time),
    what: whatOf(task, tasks),
  });
  if (style === "dim") return styleText("dim", row);
  return style === undefined ? row : row.replace(task.state, styleText(style, task.state));
}

export function nameOf({ key, taskId }: Task): string {
  return key ?? taskId;
}

export function agentOf({ runs }: Task): string {
  return runs[0]?.agent ?? "-";
}

/** What came of it; until then, what it is about. */
export function whatOf(task: Task, tasks: readonly Task[]): string {
  const { state, title, runs, result, endReason, parked, taskId } = task;
  if (state === "failed") return endReason ?? title;
  if (state === "parked") return parked?.note ?? title;
  if (state !== "completed") return title;
  const children = tasks.filter(({ parentId }) => parentId === taskId).length;
  if (runs.length === 0) return children > 0 ? `its ${children} sub-tasks are done` : "was done before";
  return summaryIn(result?.value) ?? title;
}

function summaryIn(value: unknown): string | undefined {
  const { summary } = Object(value) as { summary?: unknown };
  return typeof summary === "string" ? summary : undefined;
}

/** 0 when it has not run. */
export function workedMs({ runs }: Task, now: number): number {
  return runs.reduce((sum, { startedAt, endedAt }) => {
    if (startedAt === null) return sum;
    return sum + Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
  }, 0);
}

export function seconds(ms: number): string {
  return ms === 0 ? "-" : `${(ms / 1000).toFixed(1)} s`;
}

type Cells = Readonly<Record<keyof typeof COLUMNS | "what", string>>;

function rowOf({ what, ...cells }: Cells): string {
  const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  const padded = names.map((name) => cut(cells[name], COLUMNS[name]).padEnd(COLUMNS[name]));
  return `  ${[...padded, cut(what, WHAT_WIDTH)].join("  ")}`;
}

export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
