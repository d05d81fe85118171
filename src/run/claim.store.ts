/** The claim: lease the best runnable task within every limit, in one transaction. The one file that touches tasks, classes, runs, roles and agents. */
import { unhealthyAgents } from "../agent/agent.store.ts";
import type { Catalog } from "../agent/catalog.ts";
import { agentLimits, beginProbe, endLimits, NEXT_LIMIT_END } from "../agent/limit.store.ts";
import type { Dialect } from "../store/dialect.ts";
import type { Reader, Tx } from "../store/store.ts";
import { stepsOf } from "../task/gate.ts";
import { resettle } from "../task/need.store.ts";
import type { TaskRow } from "../task/task.store.ts";
import { moveTask } from "../task/task-move.store.ts";
import { expireInTime, shiftExpiries } from "../trust/approval-end.store.ts";
import { parkUnanswered } from "./approval/approval.service.ts";
import { classGate, closedAgents } from "./claim.ts";
import { roleSwitches } from "./role/role-switch.store.ts";
import { isOn } from "./role/role-switch.ts";
import { insertRun, type LaunchIdentity, type RunRow, recordIdentity } from "./run.store.ts";

export interface ClaimRules {
  readonly hostId: number;
  /** Runs that may live on this host at once. */
  readonly maxRuns: number;
  readonly defaultWip: number;
  readonly catalog: Catalog;
  /** Fences every later write of the run. */
  readonly token: string;
  /** Only a task of this role. */
  readonly role?: string;
  /** Only a task of this project. */
  readonly projectId?: number | undefined;
  /** Which stages may begin; one that has begun is ended by its gates whatever this says. Default: those of each role that nobody paused. */
  readonly stages?: "of each role" | "of roles that are on" | "none";
  /** Who runs it: of one that nobody asked for, nobody. */
  readonly claimedBy?: string;
  /** Of a wrapper that waits at the gate already: recorded with the claim, one commit for both. */
  readonly waiting?: LaunchIdentity | undefined;
}

export interface Claim {
  readonly run: RunRow;
  readonly task: TaskRow;
}

interface ClassRow {
  readonly id: number;
  readonly project_id: number;
  readonly role: string;
  readonly agent: string;
  readonly running: number;
}

/** Undefined when nothing may start now: nothing is queued, or a limit is reached. */
export async function claimNext(tx: Tx, rules: ClaimRules): Promise<Claim | undefined> {
  const [live, classes] = await Promise.all([liveRuns(tx, rules.hostId), claimableClasses(tx, rules)]);
  if (live >= rules.maxRuns) return undefined;
  const { gated, open } = classes;
  const task = await tx.get<TaskRow>(bestOf(tx.dialect), asJson(gated), asJson(rules.stages === "none" ? [] : open));
  const chosen = task && (task.gate > 0 ? gated : open).get(task.class_id);
  if (!chosen) return undefined;
  const gate = task.gate === 0 ? null : gateNameOf(rules.catalog, task);
  const starting = await insertRun(tx, {
    ...{ task, gate, hostId: rules.hostId, token: rules.token, claimedBy: rules.claimedBy ?? null },
    ...chosen,
  });
  const [recorded, started] = await Promise.all([
    rules.waiting && recordIdentity(tx, starting, rules.waiting),
    moveTask(tx, task, {
      to: "running",
      actor: gate === null ? `agent:${chosen.agent}` : `gate:${gate}`,
      runId: starting.id,
    }),
    gate === null && chosen.isDue && beginProbe(tx, chosen.agent, starting.id),
  ]);
  return { run: recorded ?? starting, task: started };
}

/** Is there a stage that only has to be ended? */
export async function hasGateToRun(read: Reader): Promise<boolean> {
  const row = await read.get("SELECT 1 AS it FROM task WHERE state = 'queued' AND gate > 0 LIMIT 1");
  return row !== undefined;
}

const asJson = (classes: Iterable<readonly [number, unknown]>) => JSON.stringify([...classes].map(([id]) => id));

/** A gate that was taken away since keeps a name: its run says so. */
function gateNameOf(catalog: Catalog, { project_id, role, gate }: TaskRow): string {
  return stepsOf(catalog.role(project_id, role)?.body)[gate - 1]?.name ?? `gate-${gate}`;
}

/**
 * The best queued task of the classes in two JSON arrays: of the first the stages that have begun, which are ended before
 * others begin; of the second any. One seek per class; CROSS JOIN fixes the order whatever the statistics say.
 */
export function bestOf({ eachInteger }: Dialect): string {
  const best = (also: string) =>
    `SELECT x.id FROM task x WHERE x.class_id = c.value AND x.state = 'queued'${also} ORDER BY x.priority DESC, x.id LIMIT 1`;
  return `SELECT t.* FROM (
       SELECT 0 AS place, (${best(" AND x.gate > 0")}) AS id FROM ${eachInteger} c
       UNION ALL SELECT 1, (${best("")}) FROM ${eachInteger} c) b CROSS JOIN task t WHERE t.id = b.id
     ORDER BY b.place, t.priority DESC, t.id LIMIT 1`;
}

type Doer = { readonly agent: string; readonly agentVersion: number; readonly isDue: boolean };

/** Class numbers to the agent that does their tasks: those whose gates may run now, and those of which anything may. */
async function claimableClasses(tx: Tx, { catalog: known, defaultWip, role, projectId, stages }: ClaimRules) {
  const [classes, limits, switches, unhealthy] = await Promise.all([
    classesWithRunning(tx),
    agentLimits(tx),
    roleSwitches(tx),
    unhealthyAgents(tx),
  ]);
  // What is known of agents is read anew after a commit; another claim may come first.
  const catalog = { ...known, unhealthy };
  const limited = closedAgents(limits);
  const perRole = runningPerRole(classes);
  const gated = new Map<number, Doer>();
  const open = new Map<number, Doer>();
  for (const entry of classes) {
    if (role !== undefined && entry.role !== role) continue;
    if (projectId !== undefined && entry.project_id !== projectId) continue;
    const running = perRole(entry);
    const gate = classGate(entry, running, catalog, defaultWip, { limited, switches });
    const mayBegin = gate.open && (stages !== "of roles that are on" || isOn(switches, entry));
    if (mayBegin) open.set(entry.id, { ...gate, isDue: limits.get(gate.agent)?.state === "due" });
    // Whatever holds its agent up: a gate needs none.
    const doer = gate.open ? gate : { agent: gate.agent ?? "", agentVersion: 0 };
    if (gate.open || running < gate.limit) gated.set(entry.id, { ...doer, isDue: false });
  }
  return { gated, open };
}

/** Running ones, and those that somebody elsewhere works on, are counted over indexes that hold nothing else: no counter that could drift. */
export function classesWithRunning(read: Reader): Promise<ClassRow[]> {
  return read.all<ClassRow>(
    `SELECT c.id, c.project_id, c.role, c.agent, (SELECT count(*) FROM task t WHERE t.class_id = c.id AND t.state = 'running')
       + (SELECT count(*) FROM task t WHERE t.class_id = c.id AND t.held_by IS NOT NULL) AS running
     FROM scheduling_class c`,
  );
}

type OfRole = Pick<ClassRow, "project_id" | "role">;

/** Two projects have a role of one name each for itself. */
export function runningPerRole(classes: readonly (OfRole & Pick<ClassRow, "running">)[]): (of: OfRole) => number {
  const keyOf = ({ project_id, role }: OfRole) => `${project_id} ${role}`;
  const perRole = new Map<string, number>();
  for (const entry of classes) perRole.set(keyOf(entry), (perRole.get(keyOf(entry)) ?? 0) + entry.running);
  return (of) => perRole.get(keyOf(of)) ?? 0;
}

export async function liveRuns(read: Reader, hostId: number): Promise<number> {
  const row = await read.get<{ n: number }>(
    "SELECT count(*) AS n FROM run WHERE host_id = ? AND state <> 'ended'",
    hostId,
  );
  return row?.n ?? 0;
}

/** Most of each kind that become due in one transaction; the rest follows in the next. */
const MAX_DUE = 500;

/** Sees to what waited for its time: scheduled tasks and parked ones whose limit has passed are queued, limits end, approvals expire. Returns whether there may be more. */
export async function queueDue(tx: Tx): Promise<boolean> {
  const [due, resuming, expired] = await Promise.all([
    tx.all<TaskRow>(
      "SELECT * FROM task WHERE state = 'scheduled' AND not_before <= ? ORDER BY not_before LIMIT ?",
      tx.now(),
      MAX_DUE,
    ),
    tx.all<TaskRow>(
      "SELECT * FROM task WHERE state = 'parked' AND parked_until IS NOT NULL AND parked_until <= ? LIMIT ?",
      tx.now(),
      MAX_DUE,
    ),
    expireInTime(tx, MAX_DUE),
    endLimits(tx),
  ]);
  for (const task of due) await moveTask(tx, task, { to: "queued", notBefore: null, actor: "host:clock" });
  for (const task of resuming) await resettle(tx, task, { release: true, actor: "host:clock" });
  await parkUnanswered(tx, expired);
  return [due, resuming, expired].some(({ length }) => length === MAX_DUE);
}

/** A retry and a question wait for a while, not for a moment of the wall clock: they keep their wait when that clock is set. */
export async function shiftWaits(tx: Tx, byMs: number): Promise<void> {
  await shiftExpiries(tx, byMs);
  // Its time was set when its last run ended; a time that a person gave it since is a moment and stays.
  await tx.run(
    `UPDATE task SET not_before = not_before + ? WHERE state = 'scheduled'
       AND EXISTS (SELECT 1 FROM run r WHERE r.task_id = task.id AND r.ended_at = task.updated_at)`,
    byMs,
  );
}

/** When the next task becomes due, epoch ms; null when none waits for a time. */
export async function nextDue(read: Reader): Promise<number | null> {
  const row = await read.get<{ at: number | null }>(
    `SELECT min(at) AS at FROM (
       SELECT min(not_before) AS at FROM task WHERE state = 'scheduled'
       UNION ALL SELECT min(parked_until) FROM task WHERE state = 'parked' AND parked_until IS NOT NULL
       UNION ALL ${NEXT_LIMIT_END}
       UNION ALL SELECT min(expires_at) FROM approval WHERE state = 'pending') due`,
  );
  return row?.at ?? null;
}
