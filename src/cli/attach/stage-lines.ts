/** What is said of a task between the outputs of its runs: a stage begins, it was handed on and why, a gate's verdict. Pure. */
import type { INTEGRATE } from "../../task/gate.ts";
import { duration } from "../agent-events/duration.ts";
import { short, whyNot } from "../render/story.ts";
import type { RunOfTask, RunSeen, TaskSeen } from "../waiting.ts";

/** The gate that integrates. */
const INTEGRATION = "integrate" satisfies typeof INTEGRATE;
/** Lines that are shown of what a red gate printed last. */
const RED_LINES = 8;

/** Not yet safe to show. `before` is the run that was told of last. */
export function beginLines(run: RunOfTask, before: RunOfTask | undefined, task: TaskSeen): string[] {
  const { runId, stage, role, agent, gate } = run;
  if (gate != null) return [`gate ${gate} runs (${runId})`];
  const goes = task.runs.filter((other) => other.stage === stage && other.gate === null);
  const nth = goes.length - goes.findIndex((other) => other.runId === runId);
  const again = nth > 1 ? `, go ${nth}` : "";
  return [...handedOn(run, before, task), `stage ${stage} · ${role} · ${agent}${again} (${runId})`];
}

export interface Verdict {
  readonly line: string;
  readonly isGreen: boolean;
  /** The end of what it printed, where it is not green. */
  readonly printed: readonly string[];
}

/** `task` as it is since that gate ended. */
export function gateVerdict(gate: string, run: RunSeen, task: TaskSeen): Verdict {
  const { runId, outcome, reason, startedAt, endedAt } = run;
  const took = startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : undefined;
  const told = task.stages?.flatMap(({ gates }) => gates).find((one) => one.runId === runId);
  if (outcome === "completed") {
    const said = told?.left?.summary;
    const what = gate === INTEGRATION ? "integrated" : `gate ${gate} is green`;
    return { line: `${what}${took ? ` (${took})` : ""}${said ? `: ${short(said)}` : ""}`, isGreen: true, printed: [] };
  }
  const why = short(
    reason?.startsWith(`gate ${gate} `) ? reason : `gate ${gate}: ${outcome}${reason ? ` (${reason})` : ""}`,
  );
  const lines = (told?.left?.output ?? "").split("\n").filter((line) => line.trim() !== "");
  return {
    line: `${why}${took ? ` after ${took}` : ""}; \`steward run output ${runId}\` shows all`,
    isGreen: false,
    printed: lines.slice(-RED_LINES),
  };
}

function handedOn(run: RunOfTask, before: RunOfTask | undefined, { stages = [] }: TaskSeen): string[] {
  const from = stages.find(({ stage }) => stage === before?.stage);
  if (!from?.handedOn || before?.stage === run.stage) return [];
  const { toRole, because } = from.handedOn;
  const why =
    because === "failed"
      ? (whyNot(from) ?? "it failed")
      : from.gates.length > 0
        ? "its gates are green"
        : `${from.role} is done`;
  return [`handed on to ${toRole}: ${short(why)}`];
}
