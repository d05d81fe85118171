/** How a task ended, for whoever watched it: its story, outcome, time, what is on its branch, what was spent. */
import type { Usage } from "../../agent/agent-event.ts";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { duration } from "../agent-events/duration.ts";
import { usageText } from "../agent-events/usage-text.ts";
import { storyLines } from "../render/story.ts";
import { counted } from "../render/words.ts";
import { visibleLine } from "../visible.ts";
import type { TaskSeen } from "../waiting.ts";

/** Each a line that is safe to show. `until` is now, should it not be finished. */
export function reportLines(task: TaskSeen, usage: Usage | undefined, until: number): string[] {
  const { taskId, workspace } = task;
  const spent = usage ? usageText(usage) : "";
  return [
    ...storyLines(task),
    ...[
      sentence(task, until),
      ...(workspace ? branchLines(workspace, taskId) : []),
      ...(spent === "" ? [] : [spent]),
    ].map(visibleLine),
  ];
}

/** 0 when it completed, 7 when a person has to answer first, else 1. */
export function exitOf({ state, parked }: TaskSeen): number {
  if (state === "completed") return EXIT.ok;
  return parked?.reason === "approval" ? REFUSALS.approval_required.exit : EXIT.runFailed;
}

function sentence({ taskId, state, parked, endReason, createdAt, finishedAt }: TaskSeen, until: number): string {
  const why = parked ? [parked.reason, parked.note].filter(Boolean).join(": ") : endReason;
  const helps =
    parked?.reason === "approval"
      ? ` \`steward approve\` answers what it asks, \`steward attach ${taskId}\` watches on.`
      : ` \`steward task explain ${taskId}\` says what helps.`;
  const took = createdAt
    ? ` after ${duration((finishedAt ? Date.parse(finishedAt) : until) - Date.parse(createdAt))}`
    : "";
  return `${taskId} ${state}${why ? ` (${why})` : ""}${took}.${parked ? helps : ""}`;
}

function branchLines({ branch, changes }: NonNullable<TaskSeen["workspace"]>, taskId: string): string[] {
  if (!changes) return [`branch ${branch}`];
  const { commits, files, insertions, deletions, uncommitted } = changes;
  if (commits === 0 && files === 0) return [`branch ${branch}: nothing changed`];
  const some = `${counted(commits, "commit")}, ${counted(files, "file")} changed, +${insertions} -${deletions}`;
  const open = uncommitted === 0 ? "" : `; ${counted(uncommitted, "file")} not committed`;
  const commit = `\`cd "$(steward workspace open ${taskId})" && git add -A && git commit\` keeps what was not committed: only commits can be merged.`;
  return [
    `branch ${branch}: ${some}${open}`,
    `\`steward workspace diff ${taskId}\` shows what changed.`,
    ...(uncommitted === 0 ? [] : [commit]),
  ];
}
