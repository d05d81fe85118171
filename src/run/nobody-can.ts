/** What keeps a task waiting whatever the load: nobody could do it, or whoever could is at a limit. */
import type { Catalog } from "../agent/catalog.ts";
import type { AgentLimitRow } from "../agent/limit.store.ts";
import { limitSentence } from "../agent/limit.ts";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import type { TaskRow } from "../task/task.store.ts";
import { classGate, closedAgents } from "./claim.ts";
import type { Reason } from "./reason.ts";

/** Why nobody could do a task of this role and agent at all, whatever the load; undefined when somebody can. */
export function nobodyCan(task: Pick<TaskRow, "project_id" | "role" | "agent">, catalog: Catalog): Reason | undefined {
  const gate = classGate({ ...task, agent: task.agent ?? "" }, 0, catalog, 1);
  if (gate.open || gate.because === "wip_limit" || gate.because === "limited_agent" || gate.because === "paused_role")
    return undefined;
  const data = { role: task.role, agent: gate.agent };
  if (gate.because === "no_agent") {
    return {
      code: "no_agent",
      sentence: `No agent fills the role "${task.role}".`,
      change: `\`steward init\` finds agents; or write an agent and "roles": { "${task.role}": { "agent": "NAME" } } into steward.json, then \`steward daemon reload\`.`,
      data,
    };
  }
  if (gate.because === "unknown_agent") {
    return {
      code: "unknown_agent",
      sentence: `There is no agent "${gate.agent}".`,
      change: `Write "agents": { "${gate.agent}": … } into steward.json and \`steward daemon reload\`, or name another agent.`,
      data,
    };
  }
  const why = catalog.unhealthy.get(gate.agent ?? "") ?? "";
  return {
    code: "unhealthy_agent",
    sentence: `The agent "${gate.agent}" is unhealthy: ${why}.`,
    change: `Mend agents.${gate.agent} in steward.json (its command, cwd, env) or the program, \`steward daemon reload\` (\`steward restart\` from a shell with the right variables, where passEnv names them), then \`steward agent test ${gate.agent}\`.`,
    data,
  };
}

/** Undefined where its agent may be given tasks, as far as limits go. */
export function limited(
  task: TaskRow,
  catalog: Catalog,
  limits: ReadonlyMap<string, AgentLimitRow>,
): Reason | undefined {
  const gate = classGate({ ...task, agent: task.agent ?? "" }, 0, catalog, 1, { limited: closedAgents(limits) });
  const limit = !gate.open && gate.because === "limited_agent" ? limits.get(gate.agent ?? "") : undefined;
  if (!limit) return undefined;
  const runId = limit.probe_run_id === null ? null : publicId("run", limit.probe_run_id);
  return {
    code: "limited_agent",
    sentence: limitSentence(limit),
    change: runId
      ? `${runId} gets past the limit: then the others follow.`
      : `That moment comes, and one task tries first; \`steward agent test ${limit.agent}\` tries now.`,
    data: { agent: limit.agent, until: iso(limit.until), runId },
  };
}
