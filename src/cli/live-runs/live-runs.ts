/** What runs now, as the daemon tells it: one question for the runs, one for what waits. */
import { RPC } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import type { Limit } from "../render/agents.ts";

/** Runs that are shown at most; a host has fewer. */
const RUNS = 500;

export interface LiveRun {
  readonly runId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly state: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  /** Absent from an older daemon; null for an agent that tells nothing of itself. */
  readonly activity?: Activity | null;
}

export interface Activity {
  readonly last: string | null;
  readonly question: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly costUsd: number | null;
}

export interface Running {
  /** The oldest first: a line stays where it is while others come. */
  readonly runs: readonly LiveRun[];
  /** Tasks by state. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Open ones, also of tasks that are parked for them; absent from an older daemon. */
  readonly questions?: number;
  /** Roles of which nothing new is claimed. */
  readonly paused?: readonly PausedRole[];
  /** Agents that are given nothing because of a limit. */
  readonly limits?: readonly (Limit & { readonly agent: string })[];
}

export interface PausedRole {
  readonly role: string;
  readonly project: string;
  readonly by: string | null;
  readonly reason: string | null;
}

export async function whatRuns(call: Invocation["call"]): Promise<Running> {
  const ofState = async (state: string) => {
    const { runs } = (await call("run.list", { state, limit: RUNS })) as { runs: LiveRun[] };
    return runs;
  };
  const [starting, running, tasks, questions, limits, paused] = await Promise.all([
    ofState("starting"),
    ofState("running"),
    call("task.stats", {}) as Promise<Running["tasks"]>,
    openQuestions(call),
    limitedAgents(call),
    pausedRoles(call),
  ]);
  // One that was let go between the two answers is in both.
  const byId = new Map([...starting, ...running].map((run) => [run.runId, run]));
  return { runs: [...byId.values()].sort((a, b) => numberOf(a) - numberOf(b)), tasks, limits, paused, ...questions };
}

async function limitedAgents(call: Invocation["call"]): Promise<NonNullable<Running["limits"]>> {
  const { agents } = (await call("agent.list", {})) as { agents: { agent: string; limit?: Limit | null }[] };
  return agents.flatMap(({ agent, limit }) => (limit ? [{ agent, ...limit }] : []));
}

async function pausedRoles(call: Invocation["call"]): Promise<NonNullable<Running["paused"]>> {
  // An older daemon tells of no state.
  const { roles = [] } = (await call("role.list", {})) as { roles?: readonly (PausedRole & { state?: string })[] };
  return roles.flatMap(({ role, project, by, reason, state }) =>
    state === "paused" ? { role, project, by, reason } : [],
  );
}

async function openQuestions(call: Invocation["call"]): Promise<Pick<Running, "questions">> {
  try {
    const { pending } = (await call("approval.list", { state: "pending", limit: 1 })) as { pending: number };
    return { questions: pending };
  } catch (error) {
    // An older daemon has none.
    if (asFailure(error).error.code !== RPC.methodNotFound) throw error;
    return {};
  }
}

function numberOf({ runId }: LiveRun): number {
  return Number(runId.replace(/^run-/, ""));
}
