/** Follows a queue to its end by reading events, and asks again about each task that something happened to. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Asking } from "./ask.ts";

/** What the demo reads of a task, as `task.get` gives it. */
export interface Task {
  readonly taskId: string;
  readonly key: string | null;
  readonly title: string;
  readonly state: string;
  readonly role: string;
  readonly parentId: string | null;
  readonly endReason: string | null;
  readonly parked: { readonly note: string | null } | null;
  readonly result: { readonly value: unknown } | null;
  /** The newest first. */
  readonly runs: readonly Run[];
}

export interface Run {
  readonly runId: string;
  readonly agent: string;
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface Following {
  readonly asking: Asking;
  readonly signal: AbortSignal;
  readonly limitMs: number;
  /** Every task, in the order of the queue, whenever one has changed. */
  readonly onChange: (tasks: readonly Task[]) => void;
}

/** How often it is asked what happened, in ms, and how much at once. */
const ASK_MS = 60;
const PAGE = 500;

/** The whole queue at its end, or when something in it needs a person, or when the time is up. */
export async function followQueue({ asking, signal, limitMs, onChange }: Following): Promise<readonly Task[]> {
  const deadline = performance.now() + limitMs;
  const tasks = new Map<string, Task>();
  for (let after = 0; ; ) {
    const { events, next } = await asking.call<Events>("event.list", { after, limit: PAGE });
    const touched = new Set(events.flatMap(({ taskId }) => taskId ?? []));
    for (const taskId of touched) tasks.set(taskId, await asking.call<Task>("task.get", { taskId }));
    if (touched.size > 0) onChange([...tasks.values()]);
    if (isOver([...tasks.values()]) || performance.now() > deadline) return [...tasks.values()];
    after = next;
    await sleep(ASK_MS, undefined, { signal });
  }
}

interface Events {
  readonly events: readonly { readonly taskId: string | null }[];
  readonly next: number;
}

/** Nothing more will happen by itself that the demo wants. */
function isOver(tasks: readonly Task[]): boolean {
  const stuck = tasks.some(({ state }) => ["failed", "cancelled", "parked"].includes(state));
  return stuck || (tasks.length > 0 && tasks.every(({ state }) => state === "completed"));
}
