/** What the agent is told of an imported task: one bounded Markdown page, the same for the same task. */
import type { Draft } from "./links.ts";
import { plainLine, shorten } from "./report.ts";

/** Bytes of UTF-8. The limit on prompts (TABLES §7) is far above. */
export const MAX_PROMPT_BYTES = 64 * 1024;

/** Items of one list. */
const MAX_ITEMS = 200;

/** Characters of one line. */
const MAX_LINE = 2000;

/** Levels above a task at which its objective is looked for. */
const MAX_ANCESTORS = 8;

const CUT = "\n\n(cut here: the task says more than fits)\n";

/** One line each, under what they are called for a reader. */
const LINES = [
  ["Type", ["type"]],
  ["Complexity", ["complexity"]],
  ["Plan steps", ["plan_steps", "steps"]],
  ["Estimated time", ["estimated_time"]],
  ["Branch", ["branch"]],
] as const;

/** A section each; text or a list. The two spellings of a field mean the same. */
const SECTIONS = [
  ["Description", ["description"]],
  ["Exit gates", ["exit_gates"]],
  ["Deliverables", ["deliverables"]],
  ["Notes", ["notes", "note"]],
  ["What testing found", ["test_result"]],
  ["What was adapted", ["adaptation_result"]],
  ["Summary", ["story_summary"]],
] as const;

export function promptOf(draft: Draft, title: string, role: string): string {
  const { key, fields, parent } = draft;
  const lines = [
    ["Role", role],
    ["Part of", parent && [parent.key, lineOf(parent.fields.title)].filter(Boolean).join(": ")],
    ["Objective", objectiveOf(draft)],
    ...LINES.map(([name, from]) => [name, from.map((field) => lineOf(fields[field])).find(Boolean)] as const),
  ];
  const head = lines.flatMap(([name, value]) => (value ? [`- ${name}: ${value}`] : []));
  const sections = SECTIONS.flatMap(([name, from]) => {
    const body = from.flatMap((field) => blockOf(fields[field])).join("\n\n");
    return body === "" ? [] : [`## ${name}\n\n${body}`];
  });
  return cut(`${[`# ${key}: ${title}`, head.join("\n"), ...sections].join("\n\n")}\n`);
}

/** Stories carry the objective; their steps inherit it. */
function objectiveOf(draft: Draft): string | undefined {
  let here: Draft | undefined = draft;
  for (let level = 0; here && level <= MAX_ANCESTORS; level++, here = here.parent) {
    const objective = lineOf(here.fields.objective_link);
    if (objective) return objective;
  }
  return undefined;
}

function lineOf(value: unknown): string | undefined {
  const text =
    typeof value === "string" || typeof value === "number" ? plainLine(shorten(String(value), MAX_LINE)) : "";
  return text || undefined;
}

function blockOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).flatMap((item) => lineOf(item) ?? []);
    const more = value.length > MAX_ITEMS ? [`… and ${value.length - MAX_ITEMS} more`] : [];
    return items.length === 0 ? [] : [[...items, ...more].map((item) => `- ${item}`).join("\n")];
  }
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "string") return [];
  // Programs are given it as an argument: no NUL, and nothing that drives a terminal.
  const text = value
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .trim();
  return text === "" ? [] : [text];
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= MAX_PROMPT_BYTES) return text;
  const room = MAX_PROMPT_BYTES - Buffer.byteLength(CUT);
  const kept = new TextDecoder().decode(Buffer.from(text).subarray(0, room), { stream: true });
  return `${kept}${CUT}`;
}
