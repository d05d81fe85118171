/** What must hold of every store at every moment, whatever has happened: the sentences that are broken right now. */
import { brokenLaws as brokenInside } from "../../src/run/laws.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { illegalHistories } from "./history.ts";

export interface Bounds {
  readonly maxRuns: number;
  /** By role. */
  readonly wipLimits: Readonly<Record<string, number>>;
  readonly now: number;
}

/** More than one of a kind tells no more. */
const MOST = 10;

/** The laws that `steward store check` knows, and those that only a test can: its bounds, its clock, whole histories. */
export async function brokenLaws(store: Store, bounds: Bounds): Promise<string[]> {
  return [
    ...(await brokenInside(store.read, MOST)),
    ...(await brokenBounds(store, bounds)),
    ...(await startedEarly(store, bounds)),
    ...(await illegalHistories(store)),
  ];
}

async function brokenBounds({ read }: Store, { maxRuns, wipLimits }: Bounds): Promise<string[]> {
  const problems: string[] = [];
  const live = await read.all<{ id: number }>("SELECT id FROM run WHERE state <> 'ended'");
  const running = await read.all<{ id: number; role: string }>("SELECT id, role FROM task WHERE state = 'running'");
  if (live.length > maxRuns) problems.push(`${live.length} runs live, ${maxRuns} may`);
  for (const [role, tasks] of Map.groupBy(running, ({ role }) => role)) {
    const limit = wipLimits[role] ?? 1;
    if (tasks.length > limit) problems.push(`${tasks.length} tasks of ${role} run, ${limit} may`);
  }
  return problems;
}

async function startedEarly({ read }: Store, { now }: Bounds): Promise<string[]> {
  const rows = await read.all<TaskRow>("SELECT * FROM task WHERE state = 'running' AND not_before > ?", now);
  return rows.map(({ id }) => `task ${id} runs before its time`);
}
