/** All SQL of events: append, read from a number on, and hear of those that were just committed. */
import type { Reader, Store, Tx } from "../store/store.ts";

export interface NewEvent {
  /** `task.completed`: noun and past tense. */
  readonly topic: string;
  /** Who caused it, as `person:ada`. */
  readonly actor: string;
  readonly projectId?: number | null;
  readonly taskId?: number | null;
  readonly runId?: number | null;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What subscribers hear after the commit; the number is what `event.list` gives. */
export class Appended {
  readonly event: NewEvent;
  constructor(event: NewEvent) {
    this.event = event;
  }
}

export async function appendEvent(tx: Tx, event: NewEvent): Promise<void> {
  await tx.run(
    "INSERT INTO event(at, topic, actor, project_id, task_id, run_id, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
    tx.now(),
    event.topic,
    event.actor,
    event.projectId ?? null,
    event.taskId ?? null,
    event.runId ?? null,
    JSON.stringify(event.data ?? {}),
  );
  tx.announce(new Appended(event));
}

/** Hears every committed event, in commit order. Returns how to stop. */
export function subscribe(store: Store, listener: (event: NewEvent) => void): () => void {
  return store.onCommit((fact) => {
    if (fact instanceof Appended) listener(fact.event);
  });
}

/** Hears every event before its commit, which may yet fail: only for queueing writes that belong into it. Returns how to stop. */
export function anticipate(store: Store, listener: (event: NewEvent) => void): () => void {
  return store.beforeCommit((fact) => {
    if (fact instanceof Appended) listener(fact.event);
  });
}

export interface EventRow {
  id: number;
  at: number;
  topic: string;
  actor: string;
  task_id: number | null;
  run_id: number | null;
  data: string;
}

export interface EventFilter {
  readonly after: number;
  /** `task.*` or an exact topic. */
  readonly topic?: string | undefined;
  readonly taskId?: number | undefined;
  readonly runId?: number | undefined;
  readonly limit: number;
}

export function listEvents(read: Reader, { after, topic, taskId, runId, limit }: EventFilter): Promise<EventRow[]> {
  const conditions = ["id > ?"];
  const params: (string | number)[] = [after];
  if (taskId !== undefined) {
    conditions.push("task_id = ?");
    params.push(taskId);
  }
  if (runId !== undefined) {
    conditions.push("run_id = ?");
    params.push(runId);
  }
  if (topic?.endsWith(".*")) {
    const prefix = topic.slice(0, -1);
    conditions.push("topic >= ? AND topic < ?");
    params.push(prefix, `${prefix}￿`);
  } else if (topic !== undefined && topic !== "*") {
    conditions.push("topic = ?");
    params.push(topic);
  }
  return read.all<EventRow>(
    `SELECT id, at, topic, actor, task_id, run_id, data FROM event WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`,
    ...params,
    limit,
  );
}

/** The number of the event that came last; 0 when there never was one. */
export async function newestEvent(read: Reader): Promise<number> {
  return (await read.get<{ id: number }>("SELECT id FROM event ORDER BY id DESC LIMIT 1"))?.id ?? 0;
}

/** The number of the oldest event that is still kept. */
export async function oldestEvent(read: Reader): Promise<number | undefined> {
  return (await read.get<{ id: number }>("SELECT id FROM event ORDER BY id LIMIT 1"))?.id;
}
