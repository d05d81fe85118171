/** How the demo's queue ended: in numbers when all of it is done, else in a sentence that says what is not and why. */

import type { Asking } from "./ask.ts";
import type { Run, Task } from "./follow.ts";
import { nameOf } from "./table.ts";

/** Lines of what an agent complained of that are shown. */
const COMPLAINT_LINES = 8;

/** States in which the demo cannot go on, as verbs. */
const ENDED_BADLY: Readonly<Record<string, string>> = {
  failed: "failed",
  parked: "is parked",
  cancelled: "was cancelled",
};

export class Incomplete extends Error {
  override readonly name = "Incomplete";
}

/** Throws `Incomplete` unless every task that the import made is completed. */
export async function mustBeComplete(tasks: readonly Task[], expected: number, asking: Asking): Promise<void> {
  const completed = tasks.filter(({ state }) => state === "completed").length;
  if (tasks.length === expected && completed === expected) return;
  const open = tasks.filter(({ state }) => state !== "completed");
  // A parent that failed only says that a sub-task did.
  const stuck = open.filter(({ state }) => state in ENDED_BADLY).sort((a, b) => b.runs.length - a.runs.length);
  const culprit = stuck[0] ?? open[0];
  const why = culprit ? await reasonOf(culprit, asking) : "";
  throw new Incomplete(`Only ${completed} of ${expected} tasks were completed.${why}`);
}

async function reasonOf(task: Task, { call }: Asking): Promise<string> {
  const { sentence } = await call<{ sentence: string }>("task.explain", { taskId: task.taskId });
  const complaint = task.runs[0] ? await complaintOf(task.runs[0], call) : "";
  return `\n${nameOf(task)} ${ENDED_BADLY[task.state] ?? `is ${task.state}`}: ${task.endReason ?? sentence}${complaint}`;
}

async function complaintOf({ runId }: Run, call: Asking["call"]): Promise<string> {
  const { text } = await call<{ text: string }>("run.output", { runId, stream: "stderr" });
  const lines = text.trimEnd().split("\n").slice(0, COMPLAINT_LINES);
  return text.trim() === "" ? "" : `\n${lines.map((line) => `    ${line}`).join("\n")}`;
}

/** `10 runs by 5 agents, up to 3 at once` */
export function numbersOf(tasks: readonly Task[]): string {
  const runs = tasks.flatMap((task) => task.runs);
  const agents = new Set(runs.map(({ agent }) => agent)).size;
  return `${runs.length} runs by ${agents} agents, up to ${mostAtOnce(runs)} at once`;
}

function mostAtOnce(runs: readonly Run[]): number {
  const isLiveAt = (moment: string) => (run: Run) =>
    run.startedAt !== null && run.startedAt <= moment && (run.endedAt === null || run.endedAt > moment);
  return Math.max(
    0,
    ...runs.flatMap(({ startedAt }) => (startedAt === null ? [] : runs.filter(isLiveAt(startedAt)).length)),
  );
}
