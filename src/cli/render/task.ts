/** A task for people: what it is and how it stands, its story, then all else that is known of it, and its runs. */

import { duration } from "../agent-events/duration.ts";
import { cutToColumns } from "../columns.ts";
import { visibleLine } from "../visible.ts";
import { renderAny } from "./generic.ts";
import { STORY_COLUMNS, type Story, storyLines } from "./story.ts";

/** Counters of what mostly does not happen are left out while it has not. */
const SILENT_AT: Readonly<Record<string, number>> = { stage: 1, loops: 0, openChildren: 0 };
/** What is told before the story. */
const FIRST: ReadonlySet<string> = new Set(["taskId", "key", "title", "state", "parked", "endReason"]);
/** The least room for why a run ended, in columns. */
const LEAST_REASON = 20;

interface RunShown {
  readonly runId: string;
  readonly stage?: number;
  readonly role?: string;
  readonly agent?: string;
  readonly gate?: string | null;
  readonly state?: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly startedAt?: string | null;
  readonly endedAt?: string | null;
  readonly activity?: { readonly last: string | null } | null;
}

interface TaskShown extends Story {
  readonly runs?: readonly RunShown[];
  readonly loops?: number;
  readonly maxLoops?: number | null;
  readonly workflow?: { readonly name: string; readonly key: string | null } | null;
}

export function renderTask(result: unknown): string {
  const { stages, byHand, runs = [], maxLoops, workflow, ...rest } = result as TaskShown;
  const entries = Object.entries({ ...rest, ...(workflow && { workflow: workflowText(workflow) }) })
    .filter(([name, value]) => !Object.hasOwn(SILENT_AT, name) || value !== SILENT_AT[name])
    .map(([name, value]) => [name, name === "loops" && maxLoops != null ? `${value} of ${maxLoops}` : value] as const);
  const story = storyLines({ ...(stages && { stages }), ...(byHand && { byHand }) });
  const runsText = runs.length === 0 ? "" : `runs:\n${runLines(runs).join("\n")}\n`;
  if (story.length === 0) return renderAny(Object.fromEntries(entries)) + runsText;
  const first = entries.filter(([name]) => FIRST.has(name));
  const others = entries.filter(([name]) => !FIRST.has(name));
  const blocks = [first, others].map((some) => (some.length === 0 ? "" : renderAny(Object.fromEntries(some))));
  return `${blocks[0]}${story.join("\n")}\n${blocks[1]}${runsText}`;
}

function workflowText({ name, key }: NonNullable<TaskShown["workflow"]>): string {
  return key === null ? name : `${name} (key ${key})`;
}

/** `steward run get` and `--json` have what is left out here. */
function runLines(runs: readonly RunShown[]): string[] {
  const rows = runs.map(({ runId, stage, role, agent, gate, state, outcome, startedAt, endedAt }) => ({
    ...{ runId, stage, role, agent, gate, outcome: outcome ?? state },
    took: startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : null,
  }));
  const table = renderAny(rows).trimEnd().split("\n");
  const width = Math.max(...table.map((line) => line.length));
  const room = Math.max(LEAST_REASON, STORY_COLUMNS - width - 4);
  return table.map((line, at) => {
    const run = at === 0 ? undefined : runs[at - 1];
    const why = run?.reason ?? run?.activity?.last ?? "";
    return why === "" ? `  ${line}` : `  ${line.padEnd(width)}  ${cutToColumns(visibleLine(why), room)}`;
  });
}
