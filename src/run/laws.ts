/** What must hold of tasks and runs in every store at every moment. A law is a question whose rows are those that break it. */
import type { Reader } from "../store/store.ts";

/** Each law is one statement, so that it sees one moment, whatever is written meanwhile. */
interface Law {
  readonly sql: string;
  readonly says: (row: Row) => string;
}

type Row = Readonly<Record<string, string | number | null>>;

const UNFINISHED = "('blocked', 'scheduled', 'queued', 'running', 'parked')";

/** An unfinished task and what it counts, beside what there is. */
const WAITING = `(SELECT t.id, t.title, t.state, t.parked_reason, t.rolls_up, t.blocked_by, t.open_children,
   (SELECT count(*) FROM need n WHERE n.task_id = t.id AND n.met = 0) AS unmet,
   (SELECT count(*) FROM task c WHERE c.parent_id = t.id AND c.finished_at IS NULL) AS open_now
   FROM task t WHERE t.state IN ${UNFINISHED}) w`;

const named = ({ state, id, title }: Row) => `${state} task ${id} (${title})`;

const LAWS: readonly Law[] = [
  {
    sql: `SELECT c.state, c.n, count(t.id) AS counted FROM task_count c LEFT JOIN task t ON t.state = c.state
      GROUP BY c.state, c.n HAVING c.n <> count(t.id)`,
    says: ({ state, n, counted }) => `task_count says ${n} ${state}, there are ${counted}`,
  },
  {
    sql: `SELECT * FROM ${WAITING} WHERE blocked_by <> unmet`,
    says: (row) => `${named(row)} counts ${row.blocked_by} open needs and has ${row.unmet}`,
  },
  {
    sql: `SELECT * FROM ${WAITING} WHERE open_children <> open_now`,
    says: (row) => `${named(row)} counts ${row.open_children} children and has ${row.open_now}`,
  },
  {
    sql: `SELECT t.id, t.title, t.state, o.id AS on_id, n.met FROM task t JOIN need n ON n.task_id = t.id
      JOIN task o ON o.id = n.on_task_id WHERE t.state IN ${UNFINISHED} AND n.met <>
        (CASE WHEN o.state = 'completed' OR (n.policy = 'continue' AND o.finished_at IS NOT NULL) THEN 1 ELSE 0 END)`,
    says: (row) =>
      `${named(row)} says its need of task ${row.on_id} is ${row.met ? "" : "not "}met, and it is the reverse`,
  },
  {
    sql: `SELECT * FROM ${WAITING} WHERE unmet = 0 AND open_now = 0 AND (state = 'blocked' OR parked_reason = 'subtasks')`,
    says: (row) => `${named(row)} waits for nothing, for ever`,
  },
  {
    sql: `SELECT * FROM ${WAITING} WHERE state = 'blocked' AND unmet = 0 AND rolls_up = 0`,
    says: (row) => `${named(row)} is blocked by nothing`,
  },
  {
    sql: "SELECT id, title, state FROM task WHERE state = 'running' AND rolls_up = 1",
    says: (row) => `${named(row)} runs though it only rolls up`,
  },
  {
    sql: "SELECT task_id, count(*) AS n FROM run WHERE state <> 'ended' GROUP BY task_id HAVING count(*) > 1",
    says: ({ task_id, n }) => `task ${task_id} has ${n} live runs`,
  },
  {
    sql: `SELECT id, title, state FROM task WHERE state = 'running'
      AND NOT EXISTS (SELECT 1 FROM run WHERE run.task_id = task.id AND run.state <> 'ended')`,
    says: (row) => `${named(row)} has no live run`,
  },
  {
    sql: `SELECT r.id AS run_id, t.id, t.title, t.state FROM run r JOIN task t ON t.id = r.task_id
      WHERE r.state <> 'ended' AND t.state <> 'running'`,
    says: (row) => `${named(row)} has the live run ${row.run_id}`,
  },
  {
    sql: "SELECT id, title, state FROM task WHERE state = 'scheduled' AND not_before IS NULL",
    says: (row) => `${named(row)} has no time`,
  },
  {
    sql: "SELECT id, title, state FROM task WHERE state IN ('completed', 'failed', 'cancelled') AND finished_at IS NULL",
    says: (row) => `${named(row)} ended at no time`,
  },
  {
    sql: `SELECT id, title, state FROM task
      WHERE NOT EXISTS (SELECT 1 FROM task_detail d WHERE d.task_id = task.id)`,
    says: (row) => `${named(row)} has no prompt`,
  },
  {
    sql: `SELECT a.id, a.run_id, t.state FROM approval a JOIN task t ON t.id = a.task_id WHERE a.state = 'pending'
      AND NOT EXISTS (SELECT 1 FROM run r WHERE r.id = a.run_id AND r.state <> 'ended')
      AND coalesce(t.parked_reason, '') <> 'approval'`,
    says: ({ id, run_id, state }) => `approval ${id} is pending, its run ${run_id} has ended and its task is ${state}`,
  },
  {
    sql: `SELECT l.agent, l.probe_run_id FROM agent_limit l WHERE l.state = 'probing'
      AND NOT EXISTS (SELECT 1 FROM run r WHERE r.id = l.probe_run_id AND r.state <> 'ended')`,
    says: ({ agent, probe_run_id }) => `agent ${agent} waits for run ${probe_run_id}, which is over`,
  },
];

/** A sentence for each row that breaks a law, at most `most` of each law. */
export async function brokenLaws(read: Reader, most: number): Promise<string[]> {
  const broken: string[] = [];
  for (const { sql, says } of LAWS) {
    broken.push(...(await read.all<Row>(`${sql} LIMIT ?`, most)).map(says));
  }
  return broken;
}
