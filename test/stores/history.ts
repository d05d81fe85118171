/** What a task's events tell, and whether that is a path which the states allow. */
import { undeclared } from "../../src/event/event.ts";
import { events } from "../../src/events.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskState } from "../../src/task/task.ts";

/** What each state may become, as the design's table of task states has it. */
const BY_THE_TABLE: Readonly<Record<TaskState, readonly TaskState[]>> = {
  blocked: ["queued", "scheduled", "parked", "failed", "cancelled"],
  scheduled: ["queued", "cancelled"],
  queued: ["running", "blocked", "parked", "cancelled"],
  running: ["queued", "scheduled", "parked", "completed", "failed", "cancelled"],
  parked: ["queued", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** Moves that the table does not have and other sentences of the design ask for. Whoever adds one here says which. */
const BESIDE_THE_TABLE: readonly (readonly [from: TaskState, to: TaskState, because: string])[] = [
  ["blocked", "completed", "a parent whose children are all final rolls up"],
  ["parked", "completed", "so does one that has run and waits for its sub-tasks"],
  ["scheduled", "blocked", "a need was added to a task that waits for its time"],
  ["queued", "scheduled", "a task that waits for its turn was given a time"],
  ["parked", "blocked", "a parked task goes on while one of its needs is open"],
  ["parked", "scheduled", "or before the time that it was given meanwhile"],
];

export function isAllowed(from: TaskState, to: TaskState): boolean {
  return BY_THE_TABLE[from].includes(to) || BESIDE_THE_TABLE.some((move) => move[0] === from && move[1] === to);
}

export async function eventsOf(store: Store, { id }: { readonly id: number }): Promise<string[]> {
  const rows = await store.read.all<{ topic: string }>("SELECT topic FROM event WHERE task_id = ? ORDER BY id", id);
  return rows.map(({ topic }) => topic);
}

/** What the store's events say that is declared nowhere, or otherwise. */
export async function undeclaredEvents(store: Pick<Store, "read">, madeUp: RegExp): Promise<string[]> {
  const rows = await store.read.all<{ topic: string; data: string }>("SELECT topic, data FROM event ORDER BY id");
  const real = rows.filter(({ topic }) => !madeUp.test(topic));
  const faults = real.map(({ topic, data }) => undeclared(events, { topic, data: JSON.parse(data) }));
  return [...new Set(faults)].filter((fault) => fault !== undefined);
}

interface Told {
  readonly task_id: number;
  readonly topic: string;
  readonly data: string;
}

/** What is wrong with the histories of all tasks: a sentence for each move that is not allowed or not told. */
export async function illegalHistories(store: Store): Promise<string[]> {
  const events = await store.read.all<Told>(
    "SELECT task_id, topic, data FROM event WHERE topic LIKE 'task.%' ORDER BY id",
  );
  const rows = await store.read.all<{ id: number; state: TaskState }>("SELECT id, state FROM task");
  const histories = Map.groupBy(events, ({ task_id }) => task_id);
  return rows.flatMap(({ id, state }) => illegalMoves(id, histories.get(id) ?? [], state));
}

const STATE_OF_TOPIC: Readonly<Record<string, TaskState>> = {
  "task.blocked": "blocked",
  "task.scheduled": "scheduled",
  "task.queued": "queued",
  "task.started": "running",
  "task.parked": "parked",
  "task.completed": "completed",
  "task.failed": "failed",
  "task.cancelled": "cancelled",
};

function illegalMoves(id: number, events: readonly Told[], endsIn: TaskState): string[] {
  const [first, ...rest] = events;
  if (first?.topic !== "task.submitted") return [`task ${id} begins with ${first?.topic}`];
  const problems: string[] = [];
  let state = (JSON.parse(first.data) as { state: TaskState }).state;
  for (const { topic, data } of rest) {
    const to = STATE_OF_TOPIC[topic];
    if (!to) continue;
    const { from } = JSON.parse(data) as { from: TaskState };
    if (from !== state) problems.push(`task ${id} is told to leave ${from} but was ${state}`);
    // Still waiting in the same way, for something else.
    const stays = state === to && BY_THE_TABLE[to].length > 0 && to !== "running";
    if (!stays && !isAllowed(state, to)) problems.push(`task ${id} went from ${state} to ${to}`);
    state = to;
  }
  if (state !== endsIn) problems.push(`task ${id} is ${endsIn} but its events end in ${state}`);
  return problems;
}
