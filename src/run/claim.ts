/** May anything of a scheduling class be claimed now? Decided per class, so that one unclaimable task never hides what stands behind it. */
import type { Catalog } from "../agent/catalog.ts";
import type { AgentLimitRow } from "../agent/limit.store.ts";
import { TEST_ROLE } from "./agent-test/agent-test.ts";

export interface ClassFacts {
  readonly project_id: number;
  readonly role: string;
  /** Empty when the task leaves the choice to the role. */
  readonly agent: string;
}

export type ClassGate =
  | { readonly open: true; readonly agent: string; readonly agentVersion: number }
  | {
      readonly open: false;
      readonly because: "no_agent" | "unknown_agent" | "unhealthy_agent" | "limited_agent" | "wip_limit";
      readonly agent: string | null;
      readonly limit: number;
    };

const NOBODY: ReadonlySet<string> = new Set();

/** `running` counts the tasks of this role of its project that run now, whatever their agent; `limited` has the agents that are closed for a limit. */
export function classGate(
  facts: ClassFacts,
  running: number,
  catalog: Catalog,
  defaultWip: number,
  limited: ReadonlySet<string> = NOBODY,
): ClassGate {
  const role = catalog.role(facts.project_id, facts.role)?.body;
  const limit = role?.wipLimit ?? defaultWip;
  const name = facts.agent || role?.agent || null;
  const closed = (because: Exclude<ClassGate, { open: true }>["because"]): ClassGate => ({
    open: false,
    because,
    agent: name,
    limit,
  });
  if (name === null) return closed("no_agent");
  const agent = catalog.agents.get(name);
  if (!agent) return closed("unknown_agent");
  if (catalog.unhealthy.has(name) && facts.role !== TEST_ROLE) return closed("unhealthy_agent");
  if (limited.has(name) && facts.role !== TEST_ROLE) return closed("limited_agent");
  if (running >= limit) return closed("wip_limit");
  return { open: true, agent: name, agentVersion: agent.version };
}

/** Where the limit is over one task is let through, and then none until it is known how it went. */
export function closedAgents(limits: ReadonlyMap<string, AgentLimitRow>): ReadonlySet<string> {
  return new Set([...limits.values()].filter(({ state }) => state !== "due").map(({ agent }) => agent));
}
