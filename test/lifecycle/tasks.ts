/** What tests say to a daemon, in their own words: submit, wait, look. */
import type { Client } from "./client.ts";
import { eventually } from "./eventually.ts";

export interface RunSeen {
  readonly runId: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly pid: number | null;
}

export interface TaskSeen {
  readonly taskId: string;
  readonly state: string;
  readonly endReason: string | null;
  readonly parked: { readonly reason: string; readonly note: string | null; readonly until: string | null } | null;
  readonly attempts: { readonly spent: number };
  readonly result: { readonly from: string; readonly value: unknown; readonly problem?: string } | null;
  /** The newest first. */
  readonly runs: readonly RunSeen[];
}

type Door = Pick<Client, "call">;

export async function submit(daemon: Door, prompt: string, more: object = {}): Promise<string> {
  return (await daemon.call<{ taskId: string }>("task.submit", { prompt, ...more })).taskId;
}

export function look(daemon: Door, taskId: string): Promise<TaskSeen> {
  return daemon.call<TaskSeen>("task.get", { taskId });
}

/** Until it is finished or parked. */
export async function settled(daemon: Door, taskId: string): Promise<TaskSeen> {
  for (;;) {
    const task = await daemon.call<TaskSeen & { settled: boolean }>("task.wait", { taskId, waitMs: 30_000 });
    if (task.settled) return task;
  }
}

/** Submits, and waits until it is finished or parked. */
export async function done(daemon: Door, prompt: string, more: object = {}): Promise<TaskSeen> {
  return await settled(daemon, await submit(daemon, prompt, more));
}

export function inState(daemon: Door, taskId: string, state: string): Promise<TaskSeen> {
  return eventually(`${taskId} is ${state}`, async () => {
    const task = await look(daemon, taskId);
    return task.state === state && task;
  });
}

/** All that a task has printed so far. */
export async function printed(daemon: Door, taskId: string, stream = "stdout"): Promise<string> {
  const [run] = (await look(daemon, taskId)).runs;
  return run ? (await daemon.call<{ text: string }>("run.output", { runId: run.runId, stream })).text : "";
}

/** Until its agent has printed that word. */
export async function says(daemon: Door, taskId: string, word: string): Promise<void> {
  await eventually(`${taskId} says "${word}"`, async () => (await printed(daemon, taskId)).includes(word));
}

export function lastRun({ runs }: TaskSeen): RunSeen {
  const [run] = runs;
  if (!run) throw new Error("this task has no run");
  return run;
}
