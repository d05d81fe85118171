/** The configured agents for people: who may do what unasked, and who cannot work and why. */

import { toned, type View } from "../view.ts";
import { table } from "./lists.ts";

interface AgentSeen {
  readonly agent: string;
  readonly runtime: string;
  readonly programVersion: string | null;
  readonly healthy: boolean;
  readonly permissions: string | null;
  readonly problem: string | null;
  readonly roles: readonly string[];
  /** Absent from an older daemon. */
  readonly limit?: Limit | null;
}

export interface Limit {
  readonly until: string;
  readonly reason: string | null;
  readonly runId: string | null;
}

/** Null for an agent that may be given tasks. */
export function limitText(limit: Limit | null | undefined): string | null {
  if (!limit) return null;
  const { until, reason, runId } = limit;
  if (runId !== null) return `${runId} tries whether its limit is over`;
  return `at its limit until ${until}${reason === null ? "" : `: ${reason}`}`;
}

export function renderAgents(result: unknown, view: View): string {
  const { agents } = result as { agents: readonly AgentSeen[] };
  if (agents.length === 0) return "There are no agents. `steward init` finds those of this machine.\n";
  const rows = agents.map(({ agent, runtime, programVersion, roles, healthy, permissions, problem, limit }) => ({
    agent,
    runtime,
    programVersion,
    roles: roles.join(", "),
    healthy,
    permissions,
    problem: problem ?? limitText(limit),
  }));
  // After the columns were made: a colour takes no width.
  return table(rows).replaceAll(/\byolo\b/g, (word) => toned(view, word, "red"));
}
