/** A task that somebody waits for at the command line: what is said when it begins, when they leave, and when it ends. */
import type { Usage } from "../agent/agent-event.ts";
import { exitOf, reportLines } from "./attach/report.ts";
import type { Invocation } from "./invocation.ts";
import { visibleJson, visibleLine } from "./visible.ts";
import type { TaskSeen } from "./waiting.ts";

/** Exit code of a program that SIGINT ends: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** Queues it; why it may have to wait for long goes to stderr. */
export async function submit(invocation: Invocation, task: object): Promise<{ taskId: string; notice?: string }> {
  const { call, err } = invocation;
  const { taskId, notice } = (await call("task.submit", task)) as { taskId: string; notice?: string };
  leaveOnInterrupt(invocation, taskId);
  if (notice !== undefined) await err.write(`${taskId}: ${visibleLine(notice)}\n`);
  return { taskId, ...(notice !== undefined && { notice }) };
}

/** Ctrl-C leaves the task to itself; once more, while that is being said, ends at once. */
export function leaveOnInterrupt({ err }: Pick<Invocation, "err">, taskId: string): void {
  process.once("SIGINT", () => void leave(taskId, err));
}

/** Who no longer watches has cancelled nothing. */
export async function leave(taskId: string, err: Invocation["err"]): Promise<never> {
  const how = `\`steward attach ${taskId}\` shows it again, \`steward task cancel ${taskId}\` ends it.`;
  // Nobody may be reading any more: that is no reason to stay.
  await err.write(`\n${taskId} goes on. ${how}\n`).catch(() => {});
  return process.exit(INTERRUPTED);
}

/** Gives the exit code. */
export async function reportEnd(
  { json, out, err }: Invocation,
  task: TaskSeen,
  usage?: Usage | undefined,
): Promise<number> {
  if (json) await out.write(`${visibleJson(JSON.stringify(task))}\n`);
  else await err.write(`${reportLines(task, usage, Date.now()).join("\n")}\n`);
  return exitOf(task);
}
