/** Why a task is parked, and the way out: a command that does something as things are now. */
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { TaskRow } from "../task/task.store.ts";
import type { ParkedReason } from "../task/task.ts";
import type { ExplainFacts, LastRun } from "./explain-facts.ts";
import { limited, nobodyCan } from "./nobody-can.ts";
import type { Reason } from "./reason.ts";

export function parked(facts: ExplainFacts): Reason {
  const { task, waits } = facts;
  const reason = task.parked_reason ?? "person";
  const note = task.parked_note ? `: ${task.parked_note}` : "";
  return {
    code: "parked",
    sentence: `It is parked (${reason})${note}.`,
    change: WAYS_OUT[reason](facts),
    data: {
      reason,
      until: iso(task.parked_until),
      role: task.role,
      runId: waits.lastRun?.runId ?? null,
    },
  };
}

const WAYS_OUT: Readonly<Record<ParkedReason, (facts: ExplainFacts) => string>> = {
  subtasks,
  approval,
  limit,
  workspace: ({ task }) =>
    `It looks again at ${iso(task.parked_until)}, or now with ${resume(task)}, and goes on where there is room: \`steward workspace list\` shows what takes it, \`steward workspace remove TASK\` makes some.`,
  budget: ({ task }) => `Let its agent spend more, then ${resume(task)}.`,
  question: ({ task }) => `${resumeWithNote(task)} gives its agent the answer.`,
  person: (facts) => (facts.task.parked_until === null ? person(facts) : inTime(facts)),
};

function subtasks({ task, waits: { openChildren } }: ExplainFacts): string {
  const n = task.open_children;
  const more = n > openChildren.length ? ", …" : "";
  const names = openChildren.length === 0 ? "" : ` (${openChildren.join(", ")}${more})`;
  const [first] = openChildren;
  const how =
    first === undefined ? "" : ` \`steward task explain ${first}\` says what holds ${n === 1 ? "it" : "the first"}.`;
  return `Its ${n === 1 ? "open sub-task ends" : `${n} open sub-tasks end`}${names}.${how}`;
}

/** A program may say that it waits for one without having asked. */
function approval({ task, waits: { approvals } }: ExplainFacts): string {
  const [first] = approvals;
  if (first === undefined) return `No approval of it is open: it asks again after ${resume(task)}.`;
  const which = approvals.length === 1 ? first : approvals.join(", ");
  return `\`steward approve\` shows what its agent asks (${which}) and takes the answer, \`steward approval approve ${first}\` gives it unseen; unanswered, it asks again after ${resume(task)}.`;
}

/** Its agent's limit is the account's: resumed before that is over, it would only wait in the queue instead. */
function limit(facts: ExplainFacts): string {
  const { task, catalog, limits } = facts;
  const first = limited(task, catalog, limits);
  if (!first) return inTime(facts);
  return `It goes on by itself at ${iso(task.parked_until)}. ${first.change} Once it works again, ${resume(task)} does not wait for that moment.`;
}

function inTime({ task }: ExplainFacts): string {
  return `It goes on by itself at ${iso(task.parked_until)}, or now with ${resume(task)}.`;
}

function person({ task, catalog, waits }: ExplainFacts): string {
  const nobody = nobodyCan(task, catalog);
  const { lastRun, failedChildren, hadAllStages } = waits;
  const wentWrong = lastRun !== undefined && WENT_WRONG.has(lastRun.outcome);
  const [child] = task.open_children === 0 && !wentWrong ? failedChildren : [];
  return [
    nobody ? `${nobody.sentence} ${nobody.change} After that` : "",
    child ? `\`steward task retry ${child}\` does the sub-task again; when it has completed, or without it,` : "",
    `${resumeWithNote(task)}: ${whoIsNext(task, lastRun)}.`,
    hadAllStages ? "It is asked about again after each further stage, unless limits.taskStages is raised." : "",
    lastRun && wentWrong ? whatItSaid(lastRun) : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function whoIsNext(task: TaskRow, lastRun: LastRun | undefined): string {
  if (task.gate === 0) return `${task.role} has it next, its loops and attempts counted anew`;
  return `${lastRun?.gate == null ? "its gates run" : `gate ${lastRun.gate} runs`} again`;
}

const WENT_WRONG: ReadonlySet<LastRun["outcome"]> = new Set(["failed", "configuration", "lost"]);

function whatItSaid({ runId, gate, lastLine }: LastRun): string {
  const output = `\`steward run output ${runId}\``;
  const whose = gate === null ? "its agent" : `gate ${gate}`;
  return lastLine === null
    ? `${output} shows what ${whose} printed.`
    : `The output of ${whose} ends with "${lastLine}" (${output} shows it).`;
}

function resume({ id }: TaskRow): string {
  return `\`steward task resume ${publicId("task", id)}\``;
}

function resumeWithNote({ id }: TaskRow): string {
  return `\`steward task resume ${publicId("task", id)} --note "…"\``;
}
