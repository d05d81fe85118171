/** What the end of a run does to its task: the table of the design, as a pure function. */

import type { ParkedReason } from "../task/task.ts";
import type { After, Rules, TaskBefore } from "./after.ts";
import { DEFAULT_LIMIT_MS, type Ending } from "./outcome.ts";
import { stageFailed, stageWentWell } from "./stage.ts";

/** A task that waits for room on the disk looks again after this, in ms; a workspace that is removed by hand lets it go on at once. */
const WAIT_FOR_ROOM_MS = 10 * 60_000;

/** It goes on with its gates, as they are then. */
const ROLE_IS_GONE = {
  reason: "person",
  note: "its role was taken away while it had its stage: nobody knows its gates, or who comes next. Put it back and resume the task, or cancel it",
  until: null,
} as const;

export function afterRun(ending: Ending, task: TaskBefore, rules: Rules): After {
  const after = decide(ending, task, rules);
  const isDone = after.to === "completed" || after.rollsUp === true;
  if (!task.cancelRequested || isDone || after.to === "cancelled") return after;
  // Who asked for that is obeyed between two stages, and before a gate.
  return { to: "cancelled", attemptsSpent: task.attemptsSpent, endReason: null };
}

function decide(ending: Ending, task: TaskBefore, rules: Rules): After {
  const same = { attemptsSpent: task.attemptsSpent };
  const park = (reason: ParkedReason, until: number | null = null): After => ({
    ...same,
    to: "parked",
    parked: { reason, note: ending.reason, until },
  });
  switch (ending.outcome) {
    case "completed":
      if (rules.stage.isGone) return { ...park("person"), parked: ROLE_IS_GONE, gate: Math.max(1, task.gate) };
      return rules.stage.nextGate > 0
        ? { ...same, to: "queued", gate: rules.stage.nextGate }
        : stageWentWell(task, rules);
    case "cancelled":
      return { ...same, to: "cancelled", endReason: null };
    case "never_started":
      return ending.waitsFor === "workspace"
        ? park("workspace", rules.now + WAIT_FOR_ROOM_MS)
        : { ...same, to: "queued" };
    case "limited":
      return park("limit", limitEnd(ending, rules));
    case "yielded":
      return ending.waitsFor === "subtasks" ? awaitChildren(ending, task, rules) : park(ending.waitsFor ?? "question");
    case "budget":
      return park("budget");
    case "configuration":
      // A gate whose program is missing says nothing against the agent.
      if (task.gate > 0) return park("person");
      return { ...park("person"), agentUnhealthy: ending.reason ?? "its configuration is not right" };
    case "failed":
      if (ending.spendsNothing) return { ...same, to: "queued" };
      if (ending.needsPerson) return afterSpentAttempt(ending, task, rules);
      return task.gate > 0 || ending.isVerdict === true
        ? (stageFailed(ending, task, rules) ?? afterSpentAttempt(ending, task, rules))
        : afterSpentAttempt(ending, task, rules);
    case "lost":
      return afterSpentAttempt(ending, task, rules);
  }
}

/** They may have ended while it was on its way out. One that has none could go on like that for ever: it spends an attempt. */
function awaitChildren(ending: Ending, task: TaskBefore, rules: Rules): After {
  const { attemptsSpent, openChildren, hadChildren } = task;
  if (openChildren === 0 && !hadChildren) {
    return afterSpentAttempt(
      { ...ending, outcome: "failed", reason: "it waits for sub-tasks and has none" },
      task,
      rules,
    );
  }
  if (openChildren === 0) return { to: "queued", attemptsSpent };
  const parked = { reason: "subtasks", note: null, until: null } as const;
  return { to: "parked", attemptsSpent, parked, awaitsChildren: true };
}

/** No attempt is spent, so a limit that is said to be over already must not be tried again at once. */
export function limitEnd({ until }: Ending, { now, limits }: Pick<Rules, "now" | "limits">): number {
  return Math.max(until ?? now + DEFAULT_LIMIT_MS, now + limits.backoffFirstSeconds * 1000);
}

function afterSpentAttempt(ending: Ending, task: TaskBefore, rules: Rules): After {
  const attemptsSpent = task.attemptsSpent + 1;
  const left = ending.permanent !== true && attemptsSpent < task.maxAttempts;
  const wasNotItsWork = ending.outcome === "lost" || ending.needsPerson === true;
  if (wasNotItsWork && (!left || (ending.outcome === "lost" && rules.onLost === "park"))) {
    return { to: "parked", attemptsSpent, parked: { reason: "person", note: ending.reason, until: null } };
  }
  if (left) {
    // A gate that was lost is tried again; one that is red has its agent try again.
    const gate = wasNotItsWork ? task.gate : 0;
    return { to: "scheduled", attemptsSpent, gate, notBefore: rules.now + backoffMs(attemptsSpent, rules) };
  }
  return stageFailed(ending, task, rules) ?? { to: "failed", attemptsSpent, endReason: ending.reason };
}

/** min(first · 2^(n−1), max) ± 20 %, in ms: exponential backoff with jitter. */
export function backoffMs(attempt: number, { limits, random }: Pick<Rules, "limits" | "random">): number {
  const base = Math.min(limits.backoffFirstSeconds * 2 ** (attempt - 1), limits.backoffMaxSeconds) * 1000;
  return Math.round(base * (0.8 + 0.4 * random));
}
