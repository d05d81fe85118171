/** The mixed data on which a claim is measured: most of it must not slow it down, some of it must not be claimed at all. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { markUnhealthy } from "../src/agent/agent.store.ts";
import { registerHost } from "../src/fleet/host.store.ts";
import { applyDefinitions } from "../src/project/definition.store.ts";
import { DEFAULT_PROJECT } from "../src/project/project.tables.ts";
import { openSqlite } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { migrations } from "../src/tables.ts";

const SATURATED = ["saturated-1", "saturated-2", "saturated-3"];
export const OPEN = ["open-1", "open-2", "open-3", "open-4", "open-5", "open-6", "open-7"];
/** Nobody can do these: no agent is named, or the named one is unhealthy. They stand before everything else. */
const AGENTLESS = ["agentless-1", "agentless-2"];
const SICK = ["sick-1", "sick-2"];
const ROLES = [...SATURATED, ...OPEN, ...AGENTLESS, ...SICK];

/** Running tasks of each saturated role: its whole limit. */
const SATURATED_WIP = 2;
/** Never reached: one run at a time is measured. */
const OPEN_WIP = 1000;

/**
 * Of each 100 tasks 50 are finished, 20 blocked (half of them by a claimable task), 20 queued in saturated roles with a
 * higher priority, 10 queued in open roles; and 10 more, of the highest priority, that nobody can do.
 */
export async function fillStore(directory: string, tasks: number): Promise<Filled> {
  const path = join(directory, `${tasks}.db`);
  const store = await openSqlite({ path, migrations, synchronous: "OFF" });
  const hostId = await furnish(store);
  await store.close();
  insertAll(path, tasks, hostId);
  return { tasks, path, directory };
}

/** Host, agents, roles and their classes, but no tasks. Gives the host's number. */
export function furnish(store: Store): Promise<number> {
  return store.write(async (tx) => {
    await applyDefinitions(tx, {
      projectId: DEFAULT_PROJECT.id,
      source: "settings",
      declared: declared(),
      actor: "host:settings",
      complete: true,
    });
    await markUnhealthy(tx, "sick", "its program was not found");
    for (const role of ROLES) {
      await tx.run("INSERT INTO scheduling_class(project_id, role) VALUES (?, ?)", DEFAULT_PROJECT.id, role);
    }
    return await registerHost(tx, { key: "bench", name: "bench", version: "0" });
  });
}

export interface Filled {
  readonly tasks: number;
  readonly path: string;
  readonly directory: string;
}

export function shown(tasks: number): string {
  return tasks >= 1_000_000 ? `${tasks / 1_000_000}M` : `${tasks / 1_000}k`;
}

function declared() {
  const agent = { runtime: "command", command: ["true"] };
  const roles = [
    ...SATURATED.map((name) => ({ name, body: { agent: "well", wipLimit: SATURATED_WIP } })),
    ...OPEN.map((name) => ({ name, body: { agent: "well", wipLimit: OPEN_WIP } })),
    ...AGENTLESS.map((name) => ({ name, body: {} })),
    ...SICK.map((name) => ({ name, body: { agent: "sick" } })),
  ];
  return [
    ...["well", "sick"].map((name) => ({ kind: "agent" as const, name, body: agent })),
    ...roles.map((role) => ({ kind: "role" as const, ...role })),
  ];
}

/** All in one transaction of plain SQL, then one checkpoint: whoever opens it next finds it at rest. */
function insertAll(path: string, tasks: number, hostId: number): void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA synchronous=OFF; PRAGMA cache_size=-500000; BEGIN");
  insertTasks(db, tasks, Math.round(tasks * 1.1));
  db.exec(`
    INSERT INTO task_detail(task_id, prompt) SELECT id, 'Fix the flaky test number ' || id FROM task;
    INSERT INTO need(on_task_id, task_id, policy)
      SELECT CASE WHEN id % 100 < 60 THEN id + 40 ELSE id + 10 END, id, 'block' FROM task WHERE state = 'blocked';
    INSERT INTO event(at, topic, actor, project_id, task_id, data)
      SELECT created_at, 'task.submitted', 'person:bench', 1, id, '{"state":"queued","role":"' || role || '"}' FROM task;
  `);
  insertRuns(db, hostId);
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

function insertTasks(db: DatabaseSync, mixed: number, all: number): void {
  const roles = (names: readonly string[]) =>
    `CASE i % ${names.length} ${names.map((name, at) => `WHEN ${at} THEN '${name}'`).join(" ")} END`;
  db.exec(`
    INSERT INTO task(id, project_id, class_id, title, role, state, priority, blocked_by, submitted_by, created_at, updated_at, finished_at)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${all}),
        kind AS (SELECT i, CASE
            WHEN i > ${mixed} THEN 'hopeless' WHEN i % 100 < 50 THEN 'finished' WHEN i % 100 < 70 THEN 'blocked'
            WHEN i % 100 < 90 THEN 'saturated' ELSE 'open' END AS kind FROM n),
        asked AS (SELECT i, kind, CASE kind
            WHEN 'hopeless' THEN ${roles([...AGENTLESS, ...SICK])} WHEN 'saturated' THEN ${roles(SATURATED)}
            ELSE ${roles(OPEN)} END AS role FROM kind)
      SELECT i, 1, c.id, 'Fix the flaky test', asked.role,
        CASE kind WHEN 'finished' THEN 'completed' WHEN 'blocked' THEN 'blocked' ELSE 'queued' END,
        CASE kind WHEN 'hopeless' THEN 20 WHEN 'saturated' THEN 10 ELSE i % 5 END,
        kind = 'blocked', 'person:bench', 1700000000000 + i, 1700000000000 + i,
        CASE kind WHEN 'finished' THEN 1700000000000 + i END
      FROM asked JOIN scheduling_class c ON c.role = asked.role;
  `);
}

/** One for each finished task, and live ones that fill the saturated roles. */
function insertRuns(db: DatabaseSync, hostId: number): void {
  const columns =
    "project_id, task_id, host_id, number, stage, role, agent, agent_version, token, state, outcome, exit_code, created_at, ended_at";
  db.exec(`
    INSERT INTO run(${columns})
      SELECT 1, id, ${hostId}, 1, 0, role, 'well', 1, hex(randomblob(16)), 'ended', 'completed', 0, created_at, finished_at
      FROM task WHERE state = 'completed';
  `);
  for (const role of SATURATED) {
    db.exec(`
      UPDATE task SET state = 'running'
        WHERE id IN (SELECT id FROM task WHERE role = '${role}' AND state = 'queued' ORDER BY id LIMIT ${SATURATED_WIP});
      INSERT INTO run(${columns})
        SELECT 1, id, ${hostId}, 1, 0, role, 'well', 1, hex(randomblob(16)), 'starting', NULL, NULL, created_at, NULL
        FROM task WHERE role = '${role}' AND state = 'running';
    `);
  }
}
