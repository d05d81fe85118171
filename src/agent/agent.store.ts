/** All SQL of agents: mark one unhealthy, so that nothing else is claimed for it, and healthy again. Agents are of the default project, whoever they work for. */
import { appendEvent } from "../event/event.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Reader, Tx } from "../store/store.ts";

const projectId = DEFAULT_PROJECT.id;

/** Each with why. */
export async function unhealthyAgents(read: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await read.all<{ agent: string; reason: string }>(
    "SELECT agent, reason FROM agent_health WHERE project_id = ? ORDER BY agent",
    projectId,
  );
  return new Map(rows.map(({ agent, reason }) => [agent, reason]));
}

/** Runs that are looked through for what agents told of themselves. */
const LATE_RUNS = 1_000;

/** By agent: the version that its program told in its latest run that has ended, if that was not long ago. */
export async function programVersions(read: Reader): Promise<Map<string, string>> {
  const rows = await read.all<{ agent: string; told: string }>(
    `SELECT agent, told FROM run WHERE id IN (
       SELECT max(id) FROM run WHERE told IS NOT NULL AND id > (SELECT max(id) FROM run) - ? GROUP BY agent)`,
    LATE_RUNS,
  );
  const versions = rows.map(({ agent, told }) => [agent, (JSON.parse(told) as { version?: string | null }).version]);
  return new Map(versions.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

export async function markUnhealthy(tx: Tx, agent: string, reason: string): Promise<void> {
  const { changes } = await tx.run(
    "INSERT INTO agent_health(project_id, agent, unhealthy_since, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    projectId,
    agent,
    tx.now(),
    reason,
  );
  if (changes > 0)
    await appendEvent(tx, { topic: "agent.became_unhealthy", actor: "host:runs", projectId, data: { agent, reason } });
}

export async function markHealthy(tx: Tx, agent: string, actor: string): Promise<void> {
  const { changes } = await tx.run("DELETE FROM agent_health WHERE project_id = ? AND agent = ?", projectId, agent);
  if (changes > 0) await appendEvent(tx, { topic: "agent.became_healthy", actor, projectId, data: { agent } });
}
