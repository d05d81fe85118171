/** A task for people: what is known of it, and its story turn by turn. */
import { visibleLine } from "../visible.ts";
import { renderAny } from "./generic.ts";

/** Counters of what mostly does not happen are left out while they are zero. */
const SILENT_AT_ZERO = ["stage", "loops", "openChildren"];
/** Of what a turn left, in characters: `--json` has all. */
const SAID_CHARACTERS = 100;

interface Told {
  readonly runId: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly left: { readonly summary: string | null } | null;
}

interface Turn {
  readonly turn: number;
  readonly role: string;
  readonly agent: string;
  readonly goes: number;
  readonly last: Told | null;
  readonly gates: readonly (Told & { readonly gate: string })[];
}

export function renderTask(result: unknown): string {
  const { turns = [], ...rest } = result as { readonly turns?: readonly Turn[] };
  const told = Object.entries(rest).filter(([name, value]) => value !== 0 || !SILENT_AT_ZERO.includes(name));
  const hasStory = turns.length > 1 || turns.some(({ gates }) => gates.length > 0);
  return renderAny(Object.fromEntries(told)) + (hasStory ? `story:\n${turns.flatMap(turnLines).join("\n")}\n` : "");
}

function turnLines({ turn, role, agent, goes, last, gates }: Turn): string[] {
  const again = goes > 1 ? `, after ${goes} goes` : "";
  const run = last ? ` (${last.runId}${again})` : "";
  const said = last?.reason ?? last?.left?.summary;
  const head = `${turn}. ${role}, ${agent}: ${last?.outcome ?? "at work"}${run}${said ? `: ${short(said)}` : ""}`;
  return [`  ${visibleLine(head)}`, ...gates.map((gate) => `     ${visibleLine(gateLine(gate))}`)];
}

function gateLine({ gate, outcome, reason, runId, left }: Turn["gates"][number]): string {
  if (outcome === null) return `gate ${gate} is running (${runId})`;
  const said = reason ?? left?.summary;
  if (outcome === "completed") return `gate ${gate} is green (${runId})${said ? `: ${short(said)}` : ""}`;
  return `${short(reason ?? `gate ${gate}: ${outcome}`)} (${runId})`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > SAID_CHARACTERS ? `${line.slice(0, SAID_CHARACTERS - 1)}…` : line;
}
