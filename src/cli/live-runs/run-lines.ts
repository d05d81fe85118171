/** Live runs as lines: a column each for what one looks for, and what is left of the line for what the agent does. Pure. */
import { duration } from "../agent-events/duration.ts";
import { costText, count } from "../agent-events/usage-text.ts";
import { columnsOf, cutToColumns } from "../columns.ts";
import { limitText } from "../render/agents.ts";
import { lineColumns, type Tone, toned, type View } from "../view.ts";
import { visibleLine } from "../visible.ts";
import type { LiveRun, PausedRole, Running } from "./live-runs.ts";

const TITLES = ["TASK", "RUN", "AGENT", "STATE", "SINCE", "TOKENS", "COST", "DOES"] as const;
/** An agent's name takes no more of a line, in columns. */
const NAME_COLUMNS = 16;
/** In this order what says least goes first, where a terminal is too narrow for what the agent does. */
const FIRST_TO_GO: readonly (typeof TITLES)[number][] = ["COST", "RUN", "TOKENS", "AGENT"];
/** Columns that what the agent does should have. */
const DOES_COLUMNS = 24;

export function runLines(running: Running, now: number, view: View): string[] {
  const { runs } = running;
  const rows = runs.map((run) => cellsOf(run, now));
  const widths = new Map(
    TITLES.map((title) => [title, Math.max(title.length, ...rows.map((row) => columnsOf(row[title])))]),
  );
  const shown = titlesThatFit(widths, view);
  const line = (cells: Readonly<Record<string, string>>, ...tones: Tone[]) => {
    const text = shown.map((title) => padded(cells[title] ?? "", title === "DOES" ? 0 : (widths.get(title) ?? 0)));
    return toned(view, cutToColumns(text.join("  ").trimEnd(), lineColumns(view)), ...tones);
  };
  const titles = Object.fromEntries(TITLES.map((title) => [title, title]));
  const body = runs.map((run, at) => line(rows[at] ?? {}, ...(run.activity?.question ? (["yellow"] as const) : [])));
  return [...(runs.length === 0 ? ["Nothing runs."] : [line(titles, "dim"), ...body]), ...waiting(running, view)];
}

function cellsOf({ taskId, runId, agent, state, startedAt, createdAt, activity }: LiveRun, now: number) {
  const tokens = activity
    ? activity.inputTokens + activity.outputTokens + (activity.cacheReadTokens ?? 0) + (activity.cacheWriteTokens ?? 0)
    : undefined;
  return {
    TASK: visibleLine(taskId),
    RUN: visibleLine(runId),
    AGENT: cutToColumns(visibleLine(agent), NAME_COLUMNS),
    STATE: activity?.question ? "asking" : visibleLine(state),
    SINCE: duration(now - Date.parse(startedAt ?? createdAt)),
    TOKENS: tokens === undefined ? "-" : count(tokens),
    COST: activity && activity.costUsd !== null ? costText(activity.costUsd).replace("less than ", "<") : "-",
    DOES: visibleLine(activity?.last ?? "-"),
  };
}

/** Those that were paused with one word are told in one line. */
function pausedLines(paused: NonNullable<Running["paused"]>): string[] {
  const groups = Map.groupBy(paused, ({ by, reason }) => `${by ?? "?"}${reason === null ? "" : `: ${reason}`}`);
  const nameOf = ({ role, project }: PausedRole) => (project === "default" ? role : `${project}#${role}`);
  return [...groups].map(([said, roles]) => `paused: ${roles.map(nameOf).join(", ")} (${said})`);
}

function titlesThatFit(widths: ReadonlyMap<string, number>, view: View): (typeof TITLES)[number][] {
  let titles = [...TITLES];
  const taken = () =>
    titles.reduce((sum, title) => sum + (title === "DOES" ? DOES_COLUMNS : 2 + (widths.get(title) ?? 0)), 0);
  for (const title of FIRST_TO_GO) {
    if (taken() <= lineColumns(view)) break;
    titles = titles.filter((other) => other !== title);
  }
  return titles;
}

/** What does not run, and what would let it: questions first. */
function waiting({ runs, tasks, limits = [], paused = [], questions: open }: Running, view: View): string[] {
  const questions = open ?? runs.filter(({ activity }) => activity?.question).length;
  const states = ["queued", "scheduled", "blocked", "parked"].flatMap((state) => {
    const n = tasks[state] ?? 0;
    return n === 0 ? [] : [`${n} ${state}`];
  });
  const asks = `${questions} ${questions === 1 ? "asks" : "ask"} for your answer: steward approve`;
  const limited = limits.map((limit) => {
    const text = `${limit.agent}: ${limitText(limit)}`;
    return toned(view, cutToColumns(visibleLine(text), lineColumns(view)), "yellow");
  });
  return [
    ...(questions === 0 ? [] : [toned(view, cutToColumns(asks, lineColumns(view)), "bold", "yellow")]),
    ...limited,
    ...pausedLines(paused).map((text) => toned(view, cutToColumns(visibleLine(text), lineColumns(view)), "yellow")),
    ...(states.length === 0
      ? []
      : [toned(view, cutToColumns(`Tasks: ${states.join(", ")}`, lineColumns(view)), "dim")]),
  ];
}

function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}
