/** All SQL of runs. Every write about a live run is fenced by its token. */
import { appendEvent } from "../event/event.store.ts";
import type { Reader, Tx } from "../store/store.ts";
import type { TaskRow } from "../task/task.store.ts";
import { expireOfRun } from "../trust/approval-end.store.ts";
import type { SessionState, Told } from "./dialogue/session.ts";
import type { Ending, Outcome, StopReason } from "./outcome.ts";
import type { Identity } from "./process/identity.ts";

export interface RunRow {
  readonly id: number;
  readonly project_id: number;
  readonly task_id: number;
  readonly host_id: number;
  readonly number: number;
  readonly stage: number;
  readonly role: string;
  readonly agent: string;
  readonly agent_version: number;
  readonly token: string;
  readonly state: "starting" | "running" | "ended";
  readonly custody: string | null;
  readonly pid: number | null;
  readonly start_ticks: number | null;
  readonly boot_id: string | null;
  readonly namespace: string | null;
  /** JSON: path to [from, to) that is no longer kept. */
  readonly punched: string;
  readonly stop_reason: StopReason | null;
  readonly stop_requested_at: number | null;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly exit_code: number | null;
  readonly created_at: number;
  readonly launched_at: number | null;
  /** Ms since boot when it was launched: what its wall limit is counted by. */
  readonly launched_uptime: number | null;
  readonly ended_at: number | null;
  /** The vendor's conversation, as soon as the agent has told of it. */
  readonly session: string | null;
  readonly session_state: SessionState | null;
  /** JSON of what the agent told by its end: see `Told`. */
  readonly told: string | null;
  /** The gate that it is; null: its agent's go at the task. */
  readonly gate: string | null;
  /** JSON of what it hands over to the next stage: see `HandedOver`. */
  readonly handover: string | null;
  /** Who had it claimed, as ada@laptop; null: the daemon by itself. */
  readonly claimed_by: string | null;
}

export function runById(read: Reader, id: number): Promise<RunRow | undefined> {
  return read.get<RunRow>("SELECT * FROM run WHERE id = ?", id);
}

export function runsOfTask(read: Reader, taskId: number, limit: number): Promise<RunRow[]> {
  return read.all<RunRow>("SELECT * FROM run WHERE task_id = ? ORDER BY id DESC LIMIT ?", taskId, limit);
}

export function liveRunOfTask(read: Reader, taskId: number): Promise<RunRow | undefined> {
  return read.get<RunRow>("SELECT * FROM run WHERE task_id = ? AND state <> 'ended'", taskId);
}

export function liveRunsOfHost(read: Reader, hostId: number): Promise<RunRow[]> {
  return read.all<RunRow>("SELECT * FROM run WHERE host_id = ? AND state <> 'ended' ORDER BY id", hostId);
}

/** A run that is to be ended lives until it has. */
export async function isRunLive(read: Reader, id: number): Promise<boolean> {
  const row = await runById(read, id);
  return row !== undefined && row.state !== "ended";
}

export interface RunFilter {
  readonly role?: string | undefined;
  readonly state?: RunRow["state"] | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listRuns(read: Reader, { role, state, before, limit }: RunFilter): Promise<RunRow[]> {
  const conditions = ["1 = 1"];
  const params: (string | number)[] = [];
  if (state !== undefined) {
    // The live ones are few and have an index; everything else is read from the newest on.
    conditions.push(state === "ended" ? "state = ?" : "state <> 'ended' AND state = ?");
    params.push(state);
  }
  if (role !== undefined) {
    conditions.push("role = ?");
    params.push(role);
  }
  if (before !== undefined) {
    conditions.push("id < ?");
    params.push(before);
  }
  return read.all<RunRow>(
    `SELECT * FROM run WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
    ...params,
    limit,
  );
}

export interface NewRun {
  readonly task: TaskRow;
  readonly hostId: number;
  readonly agent: string;
  readonly agentVersion: number;
  readonly token: string;
  readonly gate: string | null;
  readonly claimedBy: string | null;
}

export async function insertRun(
  tx: Tx,
  { task, hostId, agent, agentVersion, token, gate, claimedBy }: NewRun,
): Promise<RunRow> {
  const row = await tx.get<RunRow>(
    `INSERT INTO run(project_id, task_id, host_id, number, stage, role, agent, agent_version, token, gate, claimed_by,
       state, created_at)
     VALUES (?, ?, ?, 1 + (SELECT count(*) FROM run r WHERE r.task_id = ?), ?, ?, ?, ?, ?, ?, ?, 'starting', ?) RETURNING *`,
    task.project_id,
    task.id,
    hostId,
    task.id,
    task.stage,
    task.role,
    agent,
    agentVersion,
    token,
    gate,
    claimedBy,
    tx.now(),
  );
  if (!row) throw new Error("an inserted run gave no row");
  return row;
}

export interface LaunchIdentity {
  readonly identity: Identity;
  readonly custody: string;
  /** Ms since boot. */
  readonly uptime: number;
}

/** Undefined when the run is no longer ours to start. From here on an agent may exist. */
export async function recordIdentity(
  tx: Tx,
  run: RunRow,
  { identity, custody, uptime }: LaunchIdentity,
): Promise<RunRow | undefined> {
  return await tx.get<RunRow>(
    `UPDATE run SET custody = ?, pid = ?, start_ticks = ?, boot_id = ?, namespace = ?, launched_at = ?,
       launched_uptime = ?
     WHERE id = ? AND token = ? AND state = 'starting' AND stop_reason IS NULL RETURNING *`,
    custody,
    identity.pid,
    identity.startTicks,
    identity.bootId,
    identity.namespace,
    tx.now(),
    Math.round(uptime),
    run.id,
    run.token,
  );
}

/** Its wrapper has left the gate. From here on nobody can say that it never started. */
export async function recordStarted(tx: Tx, run: RunRow): Promise<void> {
  const { changes } = await tx.run(
    "UPDATE run SET state = 'running' WHERE id = ? AND token = ? AND state = 'starting'",
    run.id,
    run.token,
  );
  if (changes === 0) return;
  await appendEvent(tx, {
    topic: "run.started",
    actor: actorOf(run),
    projectId: run.project_id,
    taskId: run.task_id,
    runId: run.id,
    data: { agent: run.agent, custody: run.custody, pid: run.pid },
  });
}

/** As soon as it is known: whoever goes on after a crash needs it. */
export async function recordSession(tx: Tx, run: RunRow, session: string): Promise<void> {
  await tx.run(
    "UPDATE run SET session = ?, session_state = 'open' WHERE id = ? AND token = ? AND state <> 'ended'",
    session,
    run.id,
    run.token,
  );
}

/** The last of this agent's runs in this role at a task that had a session, before the given run. */
export function earlierSession(read: Reader, run: RunRow): Promise<RunRow | undefined> {
  return read.get<RunRow>(
    "SELECT * FROM run WHERE task_id = ? AND agent = ? AND role = ? AND id < ? AND session IS NOT NULL ORDER BY id DESC LIMIT 1",
    run.task_id,
    run.agent,
    run.role,
    run.id,
  );
}

/** What the given gate is to judge: the agent's last run of this task before it. */
export function lastGoOfAgent(read: Reader, gate: RunRow): Promise<RunRow | undefined> {
  return read.get<RunRow>(
    "SELECT * FROM run WHERE task_id = ? AND id < ? AND gate IS NULL ORDER BY id DESC LIMIT 1",
    gate.task_id,
    gate.id,
  );
}

/** The first reason stands. Returns whether this one is it. */
export async function requestStop(
  tx: Tx,
  run: RunRow,
  reason: StopReason,
  actor: string,
  note?: string,
): Promise<boolean> {
  const { changes } = await tx.run(
    "UPDATE run SET stop_reason = ?, stop_requested_at = ? WHERE id = ? AND token = ? AND state <> 'ended' AND stop_reason IS NULL",
    reason,
    tx.now(),
    run.id,
    run.token,
  );
  if (changes === 0) return false;
  await appendEvent(tx, {
    topic: "run.stop_requested",
    actor,
    projectId: run.project_id,
    taskId: run.task_id,
    runId: run.id,
    data: { reason, ...(note !== undefined && { note }) },
  });
  // Nobody is asked any more what an agent may do that is being ended.
  await expireOfRun(tx, run.id);
  return true;
}

/** Of an agent that was talked with. */
export interface Said {
  readonly session: string | null;
  readonly sessionState: SessionState | null;
  readonly told: Told | null;
}

const UNSAID: Said = { session: null, sessionState: null, told: null };

/** False when somebody recorded an end before: then this one does not count. */
export async function endRun(
  tx: Tx,
  run: RunRow,
  ending: Ending,
  exit: number | undefined,
  { said = UNSAID, handover = null }: { readonly said?: Said; readonly handover?: string | null } = {},
): Promise<boolean> {
  const { changes } = await tx.run(
    `UPDATE run SET state = 'ended', outcome = ?, reason = ?, exit_code = ?, ended_at = ?, session = ?, session_state = ?,
       told = ?, handover = ?
     WHERE id = ? AND token = ? AND state <> 'ended'`,
    ending.outcome,
    ending.reason,
    exit ?? null,
    tx.now(),
    said.session,
    said.sessionState,
    said.told && JSON.stringify(said.told),
    handover,
    run.id,
    run.token,
  );
  if (changes === 0) return false;
  await appendEvent(tx, {
    topic: "run.ended",
    actor: actorOf(run),
    projectId: run.project_id,
    taskId: run.task_id,
    runId: run.id,
    data: { outcome: ending.outcome, reason: ending.reason, exit: exit ?? null },
  });
  return true;
}

/** Whose doing it is: its agent's, or a gate's, which Steward runs itself. */
export function actorOf({ agent, gate }: Pick<RunRow, "agent" | "gate">): string {
  return gate === null ? `agent:${agent}` : `gate:${gate}`;
}

/** Undefined until the run was released. */
export function identityOf(run: RunRow): Identity | undefined {
  if (run.pid === null || run.start_ticks === null || run.boot_id === null) return undefined;
  return { pid: run.pid, startTicks: run.start_ticks, bootId: run.boot_id, namespace: run.namespace };
}
