/** What an explanation of why a task does not run looks at. */
import type { Catalog } from "../agent/catalog.ts";
import { type AgentLimitRow, agentLimits } from "../agent/limit.store.ts";
import { cutText } from "../core/cut.ts";
import { publicId } from "../core/ids.ts";
import { projectNames } from "../project/project.store.ts";
import type { Reader, Store } from "../store/store.ts";
import { type NeedRow, needsOf } from "../task/need.store.ts";
import type { TaskRow } from "../task/task.store.ts";
import type { TaskState } from "../task/task.ts";
import { pendingOfTask } from "../trust/approval-list.store.ts";
import { classesWithRunning, liveRuns, runningPerRole } from "./claim.store.ts";
import { readHandedOver } from "./handover/handed-over.ts";
import type { Outcome } from "./outcome.ts";
import { roleSwitches } from "./role/role-switch.store.ts";
import type { RoleSwitches } from "./role/role-switch.ts";
import { type RunRow, runsOfTask } from "./run.store.ts";
import type { RunRoom } from "./run-room.ts";

export interface ExplainFacts {
  readonly task: TaskRow;
  readonly needs: readonly (NeedRow & { key: string | null; state: TaskState })[];
  readonly catalog: Catalog;
  readonly defaultWip: number;
  /** Tasks of its role that run now. */
  readonly runningInRole: number;
  readonly liveRuns: number;
  readonly maxRuns: number;
  readonly standby: boolean;
  /** Does the standby claim what is switched on? */
  readonly claimsWhatIsOn: boolean;
  readonly switches: RoleSwitches;
  /** The name of its project. */
  readonly project: string;
  readonly trouble: string | undefined;
  /** Of agents whose limit is reached, or may be. */
  readonly limits: ReadonlyMap<string, AgentLimitRow>;
  /** Queued tasks that would be claimed before it. */
  readonly ahead: number;
  /** Of a parked one. */
  readonly waits: Waits;
}

/** What a parked task waits for, and what led to it. */
export interface Waits {
  readonly lastRun: LastRun | undefined;
  /** Sub-tasks that have not ended, and those that ended otherwise than completed and were not done again; the first ones of each. */
  readonly openChildren: readonly string[];
  readonly failedChildren: readonly string[];
  /** Approvals that nobody has answered. */
  readonly approvals: readonly string[];
  /** It had all the stages that a task may have. */
  readonly hadAllStages: boolean;
}

export interface LastRun {
  readonly runId: string;
  readonly role: string;
  readonly gate: string | null;
  readonly outcome: Outcome | null;
  /** Of what it printed, as far as it is handed over: masked, and cut. */
  readonly lastLine: string | null;
}

/** Children and approvals that are named. */
const MAX_NAMED = 3;
/** Of the last line of an output, in characters. */
const LINE_CHARACTERS = 200;

const NOTHING: Waits = {
  lastRun: undefined,
  openChildren: [],
  failedChildren: [],
  approvals: [],
  hadAllStages: false,
};

export async function factsAbout(
  { store, catalog, limits, engine, hostId, maxRuns }: RunRoom,
  task: TaskRow,
): Promise<ExplainFacts> {
  const running = runningPerRole(await classesWithRunning(store.read));
  return {
    task,
    needs: await needsOf(store.read, task.id),
    catalog: catalog.current(),
    defaultWip: limits().wipRuns,
    runningInRole: running(task),
    liveRuns: await liveRuns(store.read, hostId),
    maxRuns: maxRuns(),
    standby: engine.standby,
    claimsWhatIsOn: engine.claims !== "none",
    switches: await roleSwitches(store.read),
    project: (await projectNames(store.read))(task.project_id),
    trouble: engine.problem(),
    limits: await agentLimits(store.read),
    ahead: await tasksAhead(store, task),
    waits: task.state === "parked" ? await waitsOf(store.read, task, limits().taskStages) : NOTHING,
  };
}

/** Queued tasks of its class that the claim would take before it; counted up to a page, because more says nothing more. */
async function tasksAhead(store: Store, task: TaskRow): Promise<number> {
  const row = await store.read.get<{ n: number }>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM task WHERE class_id = ? AND state = 'queued'
       AND (priority > ? OR (priority = ? AND id < ?)) LIMIT 1000) ahead`,
    task.class_id,
    task.priority,
    task.priority,
    task.id,
  );
  return row?.n ?? 0;
}

async function waitsOf(read: Reader, task: TaskRow, maxStages: number): Promise<Waits> {
  const [[run], open, failed, approvals] = await Promise.all([
    runsOfTask(read, task.id, 1),
    children(read, task.id, "finished_at IS NULL"),
    children(
      read,
      task.id,
      `state IN ('failed', 'cancelled') AND NOT EXISTS (SELECT 1 FROM task r WHERE r.retry_of = t.id)`,
    ),
    pendingOfTask(read, task.id, MAX_NAMED),
  ]);
  return {
    lastRun: run && lastRun(run),
    openChildren: open,
    failedChildren: failed,
    approvals: approvals.map(({ id }) => publicId("approval", id)),
    hadAllStages: task.stage >= maxStages,
  };
}

async function children(read: Reader, parentId: number, condition: string): Promise<string[]> {
  const rows = await read.all<{ id: number }>(
    `SELECT id FROM task t WHERE parent_id = ? AND ${condition} ORDER BY id LIMIT ?`,
    parentId,
    MAX_NAMED,
  );
  return rows.map(({ id }) => publicId("task", id));
}

function lastRun(run: RunRow): LastRun {
  const printed = readHandedOver(run)?.output ?? "";
  const line = printed
    .split("\n")
    .findLast((text) => text.trim() !== "")
    ?.trim();
  return {
    runId: publicId("run", run.id),
    role: run.role,
    gate: run.gate,
    outcome: run.outcome,
    lastLine: line === undefined ? null : cutText(line, LINE_CHARACTERS),
  };
}
