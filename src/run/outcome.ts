/** How a run ended, and what that does to its task: the table of the design, as pure functions. */

import type { Verdict } from "../agent/runtimes/verdict.ts";
import type { Limits } from "../config/limits.ts";
import type { ParkedReason } from "../task/task.ts";

export const OUTCOMES = [
  "completed",
  "failed",
  "limited",
  "yielded",
  "budget",
  "configuration",
  "lost",
  "never_started",
  "cancelled",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why Steward itself ends a run. Durable before the first signal, and stronger than what the agent says on its way out. */
export const STOP_REASONS = [
  "cancelled",
  "wall_timeout",
  "idle_timeout",
  "start_timeout",
  "handshake_timeout",
  "progress_timeout",
  "output_limit",
  "abandoned",
  "tested",
] as const;
export type StopReason = (typeof STOP_REASONS)[number];

export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** Trying the same again cannot help. */
  readonly permanent?: boolean;
  /** When a limit ends, epoch ms. */
  readonly until?: number | null;
  readonly waitsFor?: "approval" | "question" | "workspace";
}

/** Without a word from the agent, a limit is taken to last this long, in ms. */
const DEFAULT_LIMIT_MS = 15 * 60_000;

/** Longest limit that is believed, in ms: when it is longer indeed, the agent says so again. */
const MAX_LIMIT_MS = 31 * 24 * 3_600_000;

/** A task that waits for room on the disk looks again after this, in ms; a workspace that is removed by hand lets it go on at once. */
const WAIT_FOR_ROOM_MS = 10 * 60_000;

/** What Steward wanted comes before what the agent says: an agent that exits 0 on SIGTERM has not completed. */
export function endingOf(stop: StopReason | null, verdict: Verdict, now: number): Ending {
  if (stop === "cancelled") return { outcome: "cancelled", reason: null };
  if (stop === "tested") return { outcome: "completed", reason: "the test of its agent has seen enough" };
  if (stop === "abandoned") return { outcome: "lost", reason: "it was given up" };
  if (stop !== null) return { outcome: "failed", reason: stop };
  switch (verdict.outcome) {
    case "completed":
    case "lost":
      return {
        outcome: verdict.outcome,
        reason: verdict.outcome === "lost" ? "its process is gone and left no exit status" : null,
      };
    case "failed":
      return { outcome: "failed", reason: verdict.reason, ...(verdict.permanent && { permanent: true }) };
    case "configuration":
    case "budget":
      return { outcome: verdict.outcome, reason: verdict.reason };
    case "limited":
      return { outcome: "limited", reason: verdict.reason ?? null, until: believedEnd(verdict.untilMs, now) };
    case "yielded":
      return { outcome: "yielded", reason: verdict.question, waitsFor: verdict.to };
  }
}

/** What an agent says may be no moment, or one that cannot be meant: then it counts as if it had said none. */
function believedEnd(said: number | null, now: number): number {
  const at = Math.round(said ?? Number.NaN);
  return at >= now && at <= now + MAX_LIMIT_MS ? at : now + DEFAULT_LIMIT_MS;
}

export interface TaskBefore {
  readonly attemptsSpent: number;
  readonly maxAttempts: number;
  readonly openChildren: number;
  readonly cancelRequested: boolean;
}

export interface After {
  readonly to: "queued" | "scheduled" | "parked" | "completed" | "failed" | "cancelled";
  readonly attemptsSpent: number;
  readonly notBefore?: number;
  readonly parked?: { readonly reason: ParkedReason; readonly note: string | null; readonly until: number | null };
  readonly endReason?: string | null;
  /** Nothing of its own is left to do: it ends with its children. */
  readonly rollsUp?: boolean;
  readonly agentUnhealthy?: string;
}

export interface Rules {
  readonly onLost: "retry" | "park";
  readonly limits: Pick<Limits, "backoffFirstSeconds" | "backoffMaxSeconds">;
  readonly now: number;
  /** In [0, 1): the jitter. */
  readonly random: number;
}

/** What the end of a run does to its task. */
export function afterRun(ending: Ending, task: TaskBefore, rules: Rules): After {
  const same = { attemptsSpent: task.attemptsSpent };
  if (ending.outcome === "completed") {
    if (task.openChildren === 0) return { ...same, to: "completed", endReason: null };
    return { ...same, to: "parked", rollsUp: true, parked: { reason: "subtasks", note: null, until: null } };
  }
  if (task.cancelRequested) return { ...same, to: "cancelled", endReason: null };
  const park = (reason: ParkedReason, until: number | null = null): After => ({
    ...same,
    to: "parked",
    parked: { reason, note: ending.reason, until },
  });
  switch (ending.outcome) {
    case "cancelled":
      return { ...same, to: "cancelled", endReason: null };
    case "never_started":
      return ending.waitsFor === "workspace"
        ? park("workspace", rules.now + WAIT_FOR_ROOM_MS)
        : { ...same, to: "queued" };
    case "limited":
      return park("limit", limitEnd(ending, rules));
    case "yielded":
      return park(ending.waitsFor ?? "question");
    case "budget":
      return park("budget");
    case "configuration":
      return { ...park("person"), agentUnhealthy: ending.reason ?? "its configuration is not right" };
    case "failed":
    case "lost":
      return afterSpentAttempt(ending, task, rules);
  }
}

/** No attempt is spent, so a limit that is said to be over already must not be tried again at once. */
function limitEnd({ until }: Ending, { now, limits }: Rules): number {
  return Math.max(until ?? now + DEFAULT_LIMIT_MS, now + limits.backoffFirstSeconds * 1000);
}

function afterSpentAttempt(ending: Ending, task: TaskBefore, rules: Rules): After {
  const attemptsSpent = task.attemptsSpent + 1;
  const left = ending.permanent !== true && attemptsSpent < task.maxAttempts;
  if (ending.outcome === "lost" && (rules.onLost === "park" || !left)) {
    return { to: "parked", attemptsSpent, parked: { reason: "person", note: ending.reason, until: null } };
  }
  if (!left) return { to: "failed", attemptsSpent, endReason: ending.reason };
  return { to: "scheduled", attemptsSpent, notBefore: rules.now + backoffMs(attemptsSpent, rules) };
}

/** min(first · 2^(n−1), max) ± 20 %, in ms: exponential backoff with jitter. */
export function backoffMs(attempt: number, { limits, random }: Pick<Rules, "limits" | "random">): number {
  const base = Math.min(limits.backoffFirstSeconds * 2 ** (attempt - 1), limits.backoffMaxSeconds) * 1000;
  return Math.round(base * (0.8 + 0.4 * random));
}
