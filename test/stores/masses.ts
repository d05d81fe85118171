/** Very many tasks at once: put into a store by a few statements, as no client could in the time that a test has. */
import type { Store } from "../../src/store/store.ts";
import type { NeedPolicy } from "../../src/task/task.ts";

export interface Many {
  readonly count: number;
  readonly policy?: NeedPolicy;
  /** A role that nobody fills. */
  readonly role?: string;
}

/** Rows of one statement: a server that has little time gives it to each. */
const AT_ONCE = 20_000;

/** A queued task, and as many blocked ones that need it. Returns the number of the first. */
export function insertStar(store: Store, many: Many): Promise<number> {
  return insertWaiting(store, many, "?");
}

/** A queued task, behind it a blocked one that needs it, behind that one the next. Returns the number of the first. */
export function insertChain(store: Store, many: Many): Promise<number> {
  return insertWaiting(store, many, "id - 1 + 0 * ?");
}

async function insertWaiting(store: Store, { count, policy = "block", role = "nobody" }: Many, on: string) {
  const head = await insertTasks(store, "queued", 1, role);
  const first = await insertTasks(store, "blocked", count, role);
  for (let at = 0; at < count; at += AT_ONCE) {
    const to = Math.min(at + AT_ONCE, count);
    await store.write((tx) =>
      tx.run(
        `INSERT INTO need(on_task_id, task_id, policy) SELECT ${on}, id, '${policy}' FROM task WHERE id >= ? AND id < ?`,
        head,
        first + at,
        first + to,
      ),
    );
  }
  return head;
}

/** Returns the number of the first; the others follow it. */
async function insertTasks(store: Store, state: "queued" | "blocked", count: number, role: string): Promise<number> {
  let first = 0;
  for (let at = 0; at < count; at += AT_ONCE) {
    const n = Math.min(AT_ONCE, count - at);
    const inserted = await store.write(async (tx) => {
      await tx.run("INSERT INTO scheduling_class(project_id, role) VALUES (1, ?) ON CONFLICT DO NOTHING", role);
      const last = await tx.get<{ id: number | null }>("SELECT max(id) AS id FROM task");
      await tx.run(
        `INSERT INTO task(project_id, class_id, title, role, state, priority, blocked_by, submitted_by, created_at, updated_at)
         WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ?)
         SELECT 1, c.id, 'many', c.role, ?, 0, ?, 'test', 0, 0 FROM many CROSS JOIN scheduling_class c
         WHERE c.role = ? AND c.agent = '' ORDER BY n`,
        n,
        state,
        state === "blocked" ? 1 : 0,
        role,
      );
      const from = (last?.id ?? 0) + 1;
      await tx.run("INSERT INTO task_detail(task_id, prompt) SELECT id, 'true' FROM task WHERE id >= ?", from);
      await tx.run(
        `INSERT INTO event(at, topic, actor, project_id, task_id, data)
         SELECT 0, 'task.submitted', 'test', 1, id, '{"state":"${state}","role":"' || role || '"}' FROM task WHERE id >= ?`,
        from,
      );
      return from;
    });
    if (first === 0) first = inserted;
  }
  return first;
}
