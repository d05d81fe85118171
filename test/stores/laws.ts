/** What must hold of every store at every moment, whatever has happened: the sentences that are broken right now. */
import type { Store } from "../../src/store/store.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { isFinal } from "../../src/task/task.ts";
import { illegalHistories } from "./history.ts";

export interface Bounds {
  readonly maxRuns: number;
  /** By role. */
  readonly wipLimits: Readonly<Record<string, number>>;
  readonly now: number;
}

export async function brokenLaws(store: Store, bounds: Bounds): Promise<string[]> {
  return [
    ...(await wrongCounts(store)),
    ...(await wrongWaiting(store)),
    ...(await wrongRuns(store, bounds)),
    ...(await wrongTimes(store, bounds)),
    ...(await illegalHistories(store)),
  ];
}

async function wrongCounts({ read }: Store): Promise<string[]> {
  const rows = await read.all<{ state: string; n: number; counted: number }>(
    "SELECT state, n, (SELECT count(*) FROM task t WHERE t.state = c.state) AS counted FROM task_count c",
  );
  return rows
    .filter(({ n, counted }) => n !== counted)
    .map(({ state, n, counted }) => `task_count says ${n} ${state}, there are ${counted}`);
}

/** The columns by which a task waits say what its needs and its children are. */
async function wrongWaiting({ read }: Store): Promise<string[]> {
  const rows = await read.all<TaskRow & { unmet: number; open: number; badly_met: number }>(
    `SELECT t.*,
       (SELECT count(*) FROM need n WHERE n.task_id = t.id AND n.met = 0) AS unmet,
       (SELECT count(*) FROM task c WHERE c.parent_id = t.id AND c.finished_at IS NULL) AS open,
       (SELECT count(*) FROM need n JOIN task o ON o.id = n.on_task_id WHERE n.task_id = t.id AND n.met <>
          (CASE WHEN o.state = 'completed' OR (n.policy = 'continue' AND o.finished_at IS NOT NULL) THEN 1 ELSE 0 END)
       ) AS badly_met
     FROM task t WHERE t.finished_at IS NULL`,
  );
  return rows.flatMap((row) => {
    const name = `${row.state} task ${row.id} (${row.title})`;
    const rollsUpNow = row.state === "blocked" || row.parked_reason === "subtasks";
    return [
      ...(row.blocked_by === row.unmet ? [] : [`${name} counts ${row.blocked_by} open needs and has ${row.unmet}`]),
      ...(row.open_children === row.open ? [] : [`${name} counts ${row.open_children} children and has ${row.open}`]),
      ...(row.badly_met === 0 ? [] : [`${name} has ${row.badly_met} needs that say met and are not, or the reverse`]),
      ...(rollsUpNow && row.unmet === 0 && row.open === 0 ? [`${name} waits for nothing, for ever`] : []),
      ...(row.state === "blocked" && row.unmet === 0 && row.rolls_up === 0 ? [`${name} is blocked by nothing`] : []),
      ...(row.state === "running" && row.rolls_up === 1 ? [`${name} runs though it only rolls up`] : []),
    ];
  });
}

async function wrongRuns({ read }: Store, { maxRuns, wipLimits }: Bounds): Promise<string[]> {
  const problems: string[] = [];
  const live = await read.all<{ task_id: number; n: number }>(
    "SELECT task_id, count(*) AS n FROM run WHERE state <> 'ended' GROUP BY task_id",
  );
  const running = await read.all<{ id: number; role: string }>("SELECT id, role FROM task WHERE state = 'running'");
  for (const { task_id, n } of live) if (n > 1) problems.push(`task ${task_id} has ${n} live runs`);
  const alive = new Set(live.map(({ task_id }) => task_id));
  if (alive.size !== running.length || running.some(({ id }) => !alive.has(id))) {
    problems.push(`running tasks ${running.map(({ id }) => id)} and live runs of ${[...alive]} are not the same`);
  }
  if (live.length > maxRuns) problems.push(`${live.length} runs live, ${maxRuns} may`);
  for (const [role, tasks] of Map.groupBy(running, ({ role }) => role)) {
    const limit = wipLimits[role] ?? 1;
    if (tasks.length > limit) problems.push(`${tasks.length} tasks of ${role} run, ${limit} may`);
  }
  return problems;
}

async function wrongTimes({ read }: Store, { now }: Bounds): Promise<string[]> {
  const rows = await read.all<TaskRow>("SELECT * FROM task");
  return rows.flatMap((row) => [
    ...(row.state === "scheduled" && row.not_before === null ? [`scheduled task ${row.id} has no time`] : []),
    ...(row.state === "running" && (row.not_before ?? 0) > now ? [`task ${row.id} runs before its time`] : []),
    ...(isFinal(row.state) && row.finished_at === null ? [`${row.state} task ${row.id} ended at no time`] : []),
  ]);
}
