/** A task's story for people: stage by stage who had it, what came of it, and what was done to it by hand. */
import { flowOn, NEW_FLOW, settled } from "../agent-events/flow.ts";
import { visibleLine } from "../visible.ts";
import { shortMoment } from "./words.ts";

/** What a story is written for, whatever the terminal, in columns. */
export const STORY_COLUMNS = 100;
/** Of what a stage left, in characters: `--json` has all. */
const SAID_CHARACTERS = 200;

export interface ToldRun {
  readonly runId: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly left: { readonly summary: string | null; readonly output?: string | null } | null;
}

/** What only a newer daemon tells is optional. */
export interface StageSeen {
  readonly stage: number;
  readonly role: string;
  readonly agent: string;
  readonly startedAt?: string | null;
  readonly goes: number;
  readonly last: ToldRun | null;
  readonly gates: readonly (ToldRun & { readonly gate: string })[];
  readonly redBefore?: readonly { readonly gate: string; readonly times: number; readonly runId: string }[];
  readonly handedOn?: { readonly toRole: string; readonly because: string } | null;
}

export interface ByHandSeen {
  readonly at: string;
  readonly by: string;
  readonly what: string;
  readonly note: string | null;
  readonly as: string | null;
}

export interface Story {
  readonly stages?: readonly StageSeen[];
  readonly byHand?: readonly ByHandSeen[];
}

/** Safe to show, none wider than `STORY_COLUMNS`. Empty for a task whose one stage had no gate: its runs say it all. */
export function storyLines({ stages = [], byHand = [] }: Story): string[] {
  const hasStory = stages.length > 1 || byHand.length > 0 || stages.some(({ gates }) => gates.length > 0);
  if (!hasStory) return [];
  const lines = stages.flatMap((stage, at) => [
    ...byHandBetween(byHand, stages[at - 1]?.startedAt, stage.startedAt),
    ...stageLines(stage, at === stages.length - 1),
  ]);
  return ["story:", ...lines, ...byHandBetween(byHand, stages.at(-1)?.startedAt, undefined)];
}

/** Why a stage did not go well: what its first gate that is not green says, else its agent's last run. */
export function whyNot({ last, gates }: StageSeen): string | null {
  const red = gates.find(({ outcome }) => outcome !== "completed" && outcome !== null);
  return red ? (red.reason ?? `gate ${red.gate}: ${red.outcome}`) : (last?.reason ?? null);
}

export function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > SAID_CHARACTERS ? `${line.slice(0, SAID_CHARACTERS - 1)}…` : line;
}

/** From one moment on until before another. */
function byHandBetween(byHand: readonly ByHandSeen[], from?: string | null, until?: string | null): string[] {
  const between = byHand.filter(({ at }) => (from == null || at >= from) && (until == null || at < until));
  return between.flatMap(({ at, by, what, as, note }) => {
    const how = as === null ? what : `${what} as ${as}`;
    return wrapped(`${how} by ${by} at ${shortMoment("at", at)}${note ? `: ${short(note)}` : ""}`, 5);
  });
}

function stageLines(told: StageSeen, isLast: boolean): string[] {
  const { stage, role, agent, goes, last, gates, redBefore = [], handedOn } = told;
  const again = goes > 1 ? `, after ${goes} goes` : "";
  const run = last ? ` (${last.runId}${again})` : "";
  const said = last?.reason ?? last?.left?.summary;
  const head = `${stage}. ${role}, ${agent}: ${last?.outcome ?? "at work"}${run}${said ? `: ${short(said)}` : ""}`;
  const next = handedOn && (isLast || handedOn.because === "failed") ? [nextLine(handedOn)] : [];
  const notAgain = redBefore.filter((red) => !gates.some(({ gate }) => gate === red.gate));
  const below = [
    ...notAgain.map((red) => `gate ${red.gate} ${wasRed(red)}`),
    ...gates.map((gate) =>
      gateLine(
        gate,
        redBefore.find((red) => red.gate === gate.gate),
      ),
    ),
    ...next,
  ];
  return [...wrapped(head, 2), ...below.flatMap((line) => wrapped(line, 5))];
}

function nextLine({ toRole, because }: NonNullable<StageSeen["handedOn"]>): string {
  return `→ ${toRole}${because === "failed" ? ", because it failed" : ""}`;
}

type Red = NonNullable<StageSeen["redBefore"]>[number];

function gateLine({ gate, outcome, reason, runId, left }: StageSeen["gates"][number], before: Red | undefined): string {
  const earlier = before ? `, ${wasRed(before)}` : "";
  if (outcome === null) return `gate ${gate} is running (${runId})${earlier}`;
  const said = reason ?? left?.summary;
  if (outcome === "completed") return `gate ${gate} is green (${runId})${earlier}${said ? `: ${short(said)}` : ""}`;
  return `${short(reason ?? `gate ${gate}: ${outcome}`)} (${runId})${earlier}`;
}

function wasRed({ times, runId }: Red): string {
  return times === 1 ? `was red before (${runId})` : `was red ${times} times before (last ${runId})`;
}

/** What does not fit on a line goes on below it, further in. */
function wrapped(text: string, indent: number): string[] {
  const hanging = indent + 3;
  const columns = STORY_COLUMNS - hanging;
  const { flow, text: begun } = flowOn(NEW_FLOW, visibleLine(text), columns);
  const lines = (begun + settled({ flow, text: "" }, columns).text).split("\n");
  return lines.map((line, at) => " ".repeat(at === 0 ? indent : hanging) + line.trimEnd());
}
