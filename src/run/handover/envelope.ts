/** What an agent is told beside its task's prompt: which stage it is, what was done before, and how that ends. See docs/stages.md. */
import { stripVTControlCharacters } from "node:util";
import { type Gate, gateCommand } from "../../task/gate.ts";
import type { StoryStage } from "./story.ts";

export interface Envelope {
  readonly taskId: string;
  readonly title: string;
  readonly role: string;
  /** Counted from 1. */
  readonly stage: number;
  readonly loops: number;
  readonly maxLoops: number;
  readonly instructions: string | null;
  readonly gates: readonly Gate[];
  /** The branch that the task's becomes part of when they are green. */
  readonly integratesInto: string | null;
  readonly next: { readonly completed: string | null; readonly failed: string | null };
  /** In their order; the last one may be this very stage, of which an earlier go failed. */
  readonly before: readonly StoryStage[];
  readonly subtasks: readonly Subtask[];
  /** What a person said when the task was let go on, after its agents had their last run. */
  readonly note: string | null;
}

export interface Subtask {
  readonly taskId: string;
  readonly title: string;
  readonly state: string;
  readonly summary: string | null;
}

/** Stages that are told whole; of earlier ones a line. */
const TOLD_WHOLE = 3;

/** Is there anything to tell? A task of a role that has nothing to say gets its prompt and no more. */
export function saysNothing({ instructions, gates, next, stage, before, subtasks }: Envelope): boolean {
  const isAlone =
    stage === 1 && subtasks.length === 0 && gates.length === 0 && before.every((told) => told.stage === 1);
  return isAlone && instructions === null && next.completed === null && next.failed === null;
}

/** As Markdown. `again`: its agent goes on with the conversation in which it had the task and its instructions. */
export function envelopeText(envelope: Envelope, { again }: { readonly again: boolean }): string {
  const { instructions, subtasks, before } = envelope;
  const parts = [
    header(envelope, again),
    again ? "" : (instructions ?? ""),
    before.length === 0 ? "" : `## What was done before\n\n${beforeText(before, envelope)}`,
    subtasks.length === 0 ? "" : `## Its sub-tasks\n\n${subtasks.map(subtaskText).join("\n")}`,
    endText(envelope),
  ];
  return readable(parts.filter((part) => part !== "").join("\n\n"));
}

/** Nothing that steers a terminal, and no NUL, which no argument of a program can hold. */
function readable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(UNREADABLE, "\uFFFD");
}

/** Control characters but tabs, and what somebody may take for the end of a line. */
const UNREADABLE = /(?![\s\u0085])\p{Cc}/gu;

function header({ taskId, title, role, stage, loops, maxLoops }: Envelope, again: boolean): string {
  const whose = again ? `You have it again, as ${role}` : `You have this stage, as ${role}`;
  const back = loops === 0 ? "" : ` It has gone back ${loops} of at most ${maxLoops} times.`;
  return `# ${taskId}, stage ${stage}: ${oneLine(title)}\n\n${whose}.${back}`;
}

function beforeText(before: readonly StoryStage[], { stage }: Envelope): string {
  const whole = before.slice(-TOLD_WHOLE);
  const brief = before.slice(0, -TOLD_WHOLE).map((told) => `- Stage ${told.stage}, ${told.role}: ${endOf(told)}`);
  return [brief.join("\n"), ...whole.map((told) => stageText(told, told.stage === stage))].filter(Boolean).join("\n\n");
}

function endOf({ last, gates }: StoryStage): string {
  const red = gates.find(({ outcome }) => outcome !== "completed" && outcome !== null);
  if (red) return oneLine(red.reason ?? `gate ${red.gate} is not green`);
  const why = last?.reason ? ` (${oneLine(last.reason)})` : "";
  return `${last?.outcome ?? "no end"}${why}`;
}

function stageText(told: StoryStage, isThis: boolean): string {
  const { stage, role, last, gates } = told;
  const name = isThis ? "This stage up to now" : `Stage ${stage}, ${role}`;
  const { summary, value, output, cut } = last?.left ?? { summary: null, value: null, output: null, cut: false };
  return [
    `### ${name}: ${endOf(told)}${last ? ` (${last.runId})` : ""}`,
    summary === null ? "" : quoted(summary),
    value == null ? "" : fenced(JSON.stringify(value, null, 2), "json"),
    output ? fenced(output) : "",
    cut ? "(This was cut.)" : "",
    ...gates.map(gateText),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function gateText({ gate, outcome, reason, runId, left }: StoryStage["gates"][number]): string {
  if (outcome === "completed") return `Gate ${gate} was green (${runId}).`;
  const output = left?.output ? ` The end of its output:\n\n${fenced(left.output)}` : "";
  return `Gate ${gate} was not green (${runId}): ${oneLine(reason ?? "it has not ended")}.${output}`;
}

function subtaskText({ taskId, title, state, summary }: Subtask): string {
  return `- ${taskId}, ${oneLine(title)}: ${state}${summary === null ? "" : `. ${oneLine(summary)}`}`;
}

function endText({ gates, next, integratesInto }: Envelope): string {
  const whoIf = (name: string | null, otherwise: string) => (name === null ? otherwise : `it goes to ${name}`);
  const lands = integratesInto === null ? "" : `its branch is merged into ${integratesInto} and `;
  const good = `${lands}${whoIf(next.completed, "the task is completed")}`;
  const bad = whoIf(next.failed, "you try again");
  if (gates.length === 0)
    return `## How this stage ends\n\nWhen you are done ${good}; when you say that it failed, ${bad}.`;
  const list = gates.map((gate) => `- ${gate.name}: \`${oneLine(gateCommand(gate).join(" "))}\``).join("\n");
  return `## How this stage ends\n\nWhen you say that you are done, Steward runs these gates where you work:\n\n${list}\n\nWhen all are green ${good}; when one is red or you say that it failed, ${bad}.`;
}

/** Whatever somebody may take for the end of a line. */
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/** What another agent said is told as said by it, whatever it looks like. */
function quoted(text: string): string {
  return text
    .trim()
    .split(LINE_BREAK)
    .map((line) => `> ${line}`)
    .join("\n");
}

/** A text with a longer run of backticks is quoted line by line: a fence would be as long again, twice. */
const LONGEST_FENCE = 40;

/** Longer than any fence in the text itself (CommonMark 0.31.2, 4.5): what an agent wrote stays a quotation. */
function fenced(text: string, language = ""): string {
  const longest = [...text.matchAll(/`{3,}/g)].reduce((most, [fence]) => Math.max(most, fence.length), 2);
  if (longest >= LONGEST_FENCE) return quoted(text);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

function oneLine(text: string): string {
  // A NEL is no white space to a regular expression.
  return text.replaceAll(/[\s\u0085]+/g, " ").trim();
}
