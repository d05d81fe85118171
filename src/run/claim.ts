/** May anything of a scheduling class be claimed now? Decided per class, so that one unclaimable task never hides what stands behind it. */
import type { Catalog } from "../agent/catalog.ts";
import type { AgentLimitRow } from "../agent/limit.store.ts";
import { TEST_ROLE } from "./agent-test/agent-test.ts";
import { isOff, type RoleSwitches } from "./role/role-switch.ts";

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
      readonly because:
        | "no_agent"
        | "unknown_agent"
        | "unhealthy_agent"
        | "limited_agent"
        | "paused_role"
        | "wip_limit";
      readonly agent: string | null;
      readonly limit: number;
    };

/** What holds beside the definitions. */
export interface Closed {
  /** Agents that are closed for a limit. */
  readonly limited?: ReadonlySet<string>;
  readonly switches?: RoleSwitches;
}

/** `running` counts the tasks of this role of its project that run now, whatever their agent. */
export function classGate(
  facts: ClassFacts,
  running: number,
  catalog: Catalog,
  defaultWip: number,
  { limited, switches = [] }: Closed = {},
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
  if (limited?.has(name) && facts.role !== TEST_ROLE) return closed("limited_agent");
  if (facts.role !== TEST_ROLE && isOff(switches, facts)) return closed("paused_role");
  if (running >= limit) return closed("wip_limit");
  return { open: true, agent: name, agentVersion: agent.version };
}

/** Where the limit is over one task is let through, and then none until it is known how it went. */
export function closedAgents(limits: ReadonlyMap<string, AgentLimitRow>): ReadonlySet<string> {
  return new Set([...limits.values()].filter(({ state }) => state !== "due").map(({ agent }) => agent));
}
