/** What a task's history has beside its runs: to whom it was handed on, and what people did to it by hand. */

import type * as z from "zod";
import type { Reader } from "../../store/store.ts";
import type { taskEvents } from "../../task/task.events.ts";

type Data<T extends keyof typeof taskEvents> = z.output<(typeof taskEvents)[T]["data"]>;

interface At {
  /** Epoch ms. */
  readonly at: number;
  readonly actor: string;
}

export type HistoryEvent = At &
  (
    | { readonly topic: "task.handed_on"; readonly data: Data<"task.handed_on"> }
    | { readonly topic: "task.resumed"; readonly data: Data<"task.resumed"> }
    | { readonly topic: "task.retried"; readonly data: Data<"task.retried"> }
  );

/** The last ones of a task that are looked at. */
const MAX_EVENTS = 500;

/** The oldest first; those that are no longer kept are not among them. */
export async function historyOf(read: Reader, taskId: number): Promise<HistoryEvent[]> {
  const rows = await read.all<At & { topic: HistoryEvent["topic"]; data: string }>(
    `SELECT at, actor, topic, data FROM event WHERE task_id = ?
       AND topic IN ('task.handed_on', 'task.resumed', 'task.retried') ORDER BY id DESC LIMIT ?`,
    taskId,
    MAX_EVENTS,
  );
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }) as HistoryEvent).reverse();
}
