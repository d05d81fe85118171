/** A task for people: what is known of it, and its story stage by stage. */
import { visibleLine } from "../visible.ts";
import { renderAny } from "./generic.ts";

/** Counters of what mostly does not happen are left out while it has not. */
const SILENT_AT: Readonly<Record<string, number>> = { stage: 1, loops: 0, openChildren: 0 };
/** Of what a stage left, in characters: `--json` has all. */
const SAID_CHARACTERS = 100;

interface Told {
  readonly runId: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly left: { readonly summary: string | null } | null;
}

interface Stage {
  readonly stage: number;
  readonly role: string;
  readonly agent: string;
  readonly goes: number;
  readonly last: Told | null;
  readonly gates: readonly (Told & { readonly gate: string })[];
}

export function renderTask(result: unknown): string {
  const { stages = [], ...rest } = result as { readonly stages?: readonly Stage[] };
  const told = Object.entries(rest).filter(
    ([name, value]) => !Object.hasOwn(SILENT_AT, name) || value !== SILENT_AT[name],
  );
  const hasStory = stages.length > 1 || stages.some(({ gates }) => gates.length > 0);
  return renderAny(Object.fromEntries(told)) + (hasStory ? `story:\n${stages.flatMap(stageLines).join("\n")}\n` : "");
}

function stageLines({ stage, role, agent, goes, last, gates }: Stage): string[] {
  const again = goes > 1 ? `, after ${goes} goes` : "";
  const run = last ? ` (${last.runId}${again})` : "";
  const said = last?.reason ?? last?.left?.summary;
  const head = `${stage}. ${role}, ${agent}: ${last?.outcome ?? "at work"}${run}${said ? `: ${short(said)}` : ""}`;
  return [`  ${visibleLine(head)}`, ...gates.map((gate) => `     ${visibleLine(gateLine(gate))}`)];
}

function gateLine({ gate, outcome, reason, runId, left }: Stage["gates"][number]): string {
  if (outcome === null) return `gate ${gate} is running (${runId})`;
  const said = reason ?? left?.summary;
  if (outcome === "completed") return `gate ${gate} is green (${runId})${said ? `: ${short(said)}` : ""}`;
  return `${short(reason ?? `gate ${gate}: ${outcome}`)} (${runId})`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > SAID_CHARACTERS ? `${line.slice(0, SAID_CHARACTERS - 1)}…` : line;
}
