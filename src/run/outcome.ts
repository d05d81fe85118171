/** How a run ended: what Steward wanted, and what its agent said. */

import type { Verdict } from "../agent/runtimes/verdict.ts";

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
  /** What it works with is not there: when no attempt is left, or none could help, the task waits for a person and has not failed. */
  readonly needsPerson?: boolean;
  /** What it was to go on with was gone: that is no go at the task. */
  readonly spendsNothing?: boolean;
  /** When a limit ends, epoch ms. */
  readonly until?: number | null;
  readonly waitsFor?: "approval" | "question" | "subtasks" | "workspace";
  /** It did not break: its agent says that it did not succeed, or a gate is red. */
  readonly isVerdict?: boolean;
}

/** Without a word from the agent, a limit is taken to last this long, in ms. */
export const DEFAULT_LIMIT_MS = 15 * 60_000;

/** Longest limit that is believed, in ms: when it is longer indeed, the agent says so again. */
const MAX_LIMIT_MS = 31 * 24 * 3_600_000;

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
      return {
        outcome: "failed",
        reason: verdict.reason,
        ...(verdict.permanent && { permanent: true }),
        ...(verdict.isSaid && { isVerdict: true }),
        ...(verdict.spendsNothing && { spendsNothing: true }),
      };
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
