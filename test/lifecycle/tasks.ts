/** What tests say to a daemon, in their own words: submit, wait, look. */
import type {
  RunOutputOutput,
  TaskGetOutput,
  TaskSubmitInput,
  TaskSubmitOutput,
  TaskWaitOutput,
} from "../../src/client/client.ts";
import type { Client } from "./client.ts";
import { eventually } from "./eventually.ts";

export type TaskSeen = TaskGetOutput;
export type RunSeen = TaskSeen["runs"][number];

type Door = Pick<Client, "call">;

export async function submit(daemon: Door, prompt: string, more: Partial<TaskSubmitInput> = {}): Promise<string> {
  return (await daemon.call<TaskSubmitOutput>("task.submit", { prompt, ...more })).taskId;
}

export function look(daemon: Door, taskId: string): Promise<TaskSeen> {
  return daemon.call<TaskSeen>("task.get", { taskId });
}

/** Until it is finished or parked. */
export async function settled(daemon: Door, taskId: string): Promise<TaskSeen> {
  for (;;) {
    const task = await daemon.call<TaskWaitOutput>("task.wait", { taskId, waitMs: 30_000 });
    if (task.settled) return task;
  }
}

/** Submits, and waits until it is finished or parked. */
export async function done(daemon: Door, prompt: string, more: Partial<TaskSubmitInput> = {}): Promise<TaskSeen> {
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
  return run ? (await daemon.call<RunOutputOutput>("run.output", { runId: run.runId, stream })).text : "";
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
