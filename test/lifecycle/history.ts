/** Is what a store remembers a history that can have happened? Read from the file itself, when no daemon has it open. */
import { DatabaseSync } from "node:sqlite";
import { undeclared } from "../../src/event/event.ts";
import { events as catalogue } from "../../src/events.ts";
import { mayBecome, type TaskState } from "../../src/task/task.ts";

interface EventRow {
  readonly id: number;
  readonly topic: string;
  readonly task_id: number | null;
  readonly run_id: number | null;
  readonly data: string;
}

/** Every sentence is something that must not be; an empty list is a sound history. */
export function faultsOf(database: string): string[] {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const check = db.prepare("PRAGMA integrity_check").get()?.integrity_check;
    const events = db.prepare("SELECT id, topic, task_id, run_id, data FROM event ORDER BY id").all() as never;
    return [
      ...(check === "ok" ? [] : [`integrity_check: ${check}`]),
      ...taskFaults(events, db),
      ...runFaults(events, db),
      ...undeclaredIn(events),
    ];
  } finally {
    db.close();
  }
}

/** Each event begins where the one before ended, by the table of states, and the last one is what the task is. */
function taskFaults(events: readonly EventRow[], db: DatabaseSync): string[] {
  const faults: string[] = [];
  const states = new Map<number, string>();
  for (const { topic, task_id, data } of events) {
    if (task_id === null || !topic.startsWith("task.")) continue;
    const said = JSON.parse(data) as { state?: string; from?: string };
    if (topic === "task.submitted") {
      if (states.has(task_id)) faults.push(`task ${task_id} was submitted twice`);
      states.set(task_id, said.state ?? "");
    }
    if (said.from === undefined) continue;
    const to = topic === "task.started" ? "running" : topic.slice("task.".length);
    if (states.get(task_id) !== said.from) faults.push(`task ${task_id}: ${topic} from ${said.from}, not its state`);
    if (said.from !== to && !mayBecome(said.from as TaskState, to as TaskState))
      faults.push(`task ${task_id}: ${said.from} may not become ${to}`);
    states.set(task_id, to);
  }
  for (const { id, state } of db.prepare("SELECT id, state FROM task").all() as { id: number; state: string }[]) {
    if (states.get(id) !== state) faults.push(`task ${id} is ${state}; its events say ${states.get(id)}`);
  }
  return faults;
}

/** Everything that happened is in the catalogue, with the data that it names. */
function undeclaredIn(events: readonly EventRow[]): string[] {
  return events.flatMap(({ topic, data }) => undeclared(catalogue, { topic, data: JSON.parse(data) }) ?? []);
}

/** Each run starts at most once and ends exactly once; no task has two at a time. */
function runFaults(events: readonly EventRow[], db: DatabaseSync): string[] {
  const faults: string[] = [];
  const live = new Map<number, number>();
  const ended = new Map<number, number>();
  for (const { topic, task_id, run_id } of events) {
    if (task_id === null || run_id === null) continue;
    if (topic === "task.started") {
      if (live.has(task_id)) faults.push(`task ${task_id} was started while run ${live.get(task_id)} lived`);
      live.set(task_id, run_id);
    }
    if (topic !== "run.ended") continue;
    if (live.get(task_id) === run_id) live.delete(task_id);
    ended.set(run_id, (ended.get(run_id) ?? 0) + 1);
  }
  for (const { id, state } of db.prepare("SELECT id, state FROM run").all() as { id: number; state: string }[]) {
    const times = ended.get(id) ?? 0;
    if (times !== (state === "ended" ? 1 : 0)) faults.push(`run ${id} is ${state} and its end was told ${times} times`);
  }
  return faults;
}
