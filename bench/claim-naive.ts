/** What a user would write instead: one query that looks at needs and limits task by task, on the same data. */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Filled, shown } from "./claim-data.ts";
import { median } from "./figures.ts";
import type { Row } from "./rows.ts";

const CLAIMS = 20;

/** The best of those that wait, whose needs are all met, whose role has room and an agent that is well. */
const CLAIM = `UPDATE plain SET state = 'running' WHERE id = (
  SELECT t.id FROM plain t JOIN plain_role r ON r.role = t.role
  WHERE t.state = 'waiting' AND r.agent = 'well'
    AND NOT EXISTS (SELECT 1 FROM plain_need n JOIN plain p ON p.id = n.on_task_id WHERE n.task_id = t.id AND p.state <> 'completed')
    AND (SELECT count(*) FROM plain x WHERE x.role = t.role AND x.state = 'running') < r.wip
  ORDER BY t.priority DESC, t.id LIMIT 1) RETURNING id`;

export function naiveRows(filled: readonly Filled[]): Row[] {
  const [small, large] = filled.map((one) => ({ tasks: one.tasks, ms: naiveClaim(one) }));
  if (!small || !large) return [];
  return [
    {
      what: `naive claim among ${shown(large.tasks)} tasks, sync OFF, against ${shown(small.tasks)} (for comparison)`,
      unit: "ms",
      baseline: small.ms,
      ours: large.ms,
    },
  ];
}

function naiveClaim({ path }: Filled): number {
  const plain = `${path}.naive`;
  const db = new DatabaseSync(plain);
  try {
    db.exec(`
      PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; ATTACH '${path}' AS steward; BEGIN;
      CREATE TABLE plain AS SELECT id, role, priority,
        CASE WHEN state IN ('queued', 'blocked') THEN 'waiting' ELSE state END AS state FROM steward.task;
      CREATE UNIQUE INDEX plain_id ON plain(id);
      CREATE INDEX plain_state ON plain(state, priority DESC, id);
      CREATE TABLE plain_need AS SELECT task_id, on_task_id FROM steward.need;
      CREATE INDEX plain_need_task ON plain_need(task_id);
      CREATE TABLE plain_role AS SELECT name AS role, json_extract(body, '$.agent') AS agent,
        coalesce(json_extract(body, '$.wipLimit'), 1) AS wip FROM steward.definition WHERE kind = 'role';
      COMMIT; DETACH steward`);
    const claim = db.prepare(CLAIM);
    const complete = db.prepare("UPDATE plain SET state = 'completed' WHERE id = ?");
    const costs = Array.from({ length: CLAIMS }, () => {
      const began = performance.now();
      const row = claim.get();
      const took = performance.now() - began;
      if (!row) throw new Error("the naive query found nothing");
      complete.run(Number(row.id));
      return took;
    });
    return median(costs);
  } finally {
    db.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${plain}${suffix}`, { force: true });
  }
}
