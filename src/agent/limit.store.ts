/** All SQL of limits: an agent whose account is used up is closed until a time; then one task goes first, as a probe, and the others follow it. */
import { appendEvent } from "../event/event.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Reader, Tx } from "../store/store.ts";

/** Accounts are the host's, as agents are: of whichever project a task is. */
const projectId = DEFAULT_PROJECT.id;

/** `closed` until its time; `due` when that has come and nobody has tried yet; `probing` while one run tries. Without a row it is available. */
export interface AgentLimitRow {
  readonly agent: string;
  readonly state: "closed" | "due" | "probing";
  /** Epoch ms. */
  readonly until: number;
  readonly reason: string | null;
  readonly probe_run_id: number | null;
}

export async function agentLimits(read: Reader): Promise<ReadonlyMap<string, AgentLimitRow>> {
  const rows = await read.all<AgentLimitRow>(
    `SELECT agent, state, until, reason, probe_run_id FROM agent_limit WHERE project_id = ? ORDER BY agent`,
    projectId,
  );
  return new Map(rows.map((row) => [row.agent, row]));
}

/** Of several runs that met the same limit the one that names the later time is believed; what a probe says is newer than all of them. */
export async function closeAgent(
  tx: Tx,
  agent: string,
  { until, reason }: Pick<AgentLimitRow, "until" | "reason">,
): Promise<void> {
  const before = (await agentLimits(tx)).get(agent);
  if (before?.state === "closed" && before.until >= until) return;
  await tx.run(
    `INSERT INTO agent_limit(project_id, agent, state, until, reason, limited_at) VALUES (?, ?, 'closed', ?, ?, ?)
     ON CONFLICT (project_id, agent) DO UPDATE SET state = 'closed', until = excluded.until, reason = excluded.reason,
       limited_at = excluded.limited_at, probe_run_id = NULL`,
    projectId,
    agent,
    until,
    reason,
    tx.now(),
  );
  const data = { agent, until: new Date(until).toISOString(), reason };
  await appendEvent(tx, { topic: "agent.limited", actor: `agent:${agent}`, projectId, data });
}

/** Those whose time has come. */
export async function endLimits(tx: Tx): Promise<void> {
  await tx.run("UPDATE agent_limit SET state = 'due' WHERE state = 'closed' AND until <= ?", tx.now());
}

/** When the next one comes, epoch ms, as SQL: of those that are due the next task is the sign. */
export const NEXT_LIMIT_END = "SELECT min(until) FROM agent_limit WHERE state = 'closed'";

/** From here on this run goes alone. Nothing where its agent is not due. */
export async function beginProbe(tx: Tx, agent: string, runId: number): Promise<void> {
  await tx.run(
    "UPDATE agent_limit SET state = 'probing', probe_run_id = ? WHERE project_id = ? AND agent = ? AND state = 'due'",
    runId,
    projectId,
    agent,
  );
}

export async function isProbe(read: Reader, runId: number): Promise<boolean> {
  return (await read.get("SELECT 1 AS yes FROM agent_limit WHERE probe_run_id = ?", runId)) !== undefined;
}

/** It ended and nobody knows more than before: the next task tries. */
export async function endProbe(tx: Tx, runId: number): Promise<void> {
  await tx.run("UPDATE agent_limit SET state = 'due', probe_run_id = NULL WHERE probe_run_id = ?", runId);
}

/** It got past the limit. Nothing for a run that is no probe. */
export async function passProbe(tx: Tx, agent: string, runId: number): Promise<void> {
  const { changes } = await tx.run("DELETE FROM agent_limit WHERE probe_run_id = ?", runId);
  if (changes > 0) await tellAvailable(tx, agent, `agent:${agent}`);
}

/** Whatever its time: somebody has seen that it works. */
export async function openAgent(tx: Tx, agent: string, actor: string): Promise<void> {
  const { changes } = await tx.run("DELETE FROM agent_limit WHERE project_id = ? AND agent = ?", projectId, agent);
  if (changes > 0) await tellAvailable(tx, agent, actor);
}

function tellAvailable(tx: Tx, agent: string, actor: string): Promise<void> {
  return appendEvent(tx, { topic: "agent.available", actor, projectId, data: { agent } });
}
