/** A task that somebody waits for at the command line: what is said when it begins and when it ends. */
import { EXIT } from "../core/refusal.ts";
import type { Invocation } from "./invocation.ts";
import { visibleJson, visibleLine } from "./visible.ts";
import type { TaskSeen } from "./waiting.ts";

/** Exit code of a program that SIGINT ends: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** Queues it, and says on Ctrl-C that it goes on; why it may have to wait for long goes to stderr. */
export async function submit({ call, err }: Invocation, task: object): Promise<string> {
  const { taskId, notice } = (await call("task.submit", task)) as { taskId: string; notice?: string };
  process.once("SIGINT", () => void leave(taskId, err));
  if (notice !== undefined) await err.write(`${taskId}: ${visibleLine(notice)}\n`);
  return taskId;
}

/** Who no longer waits has cancelled nothing. */
async function leave(taskId: string, err: Invocation["err"]): Promise<void> {
  await err
    .write(`\n${taskId} goes on; \`steward task cancel ${taskId}\` ends it.\n`)
    .finally(() => process.exit(INTERRUPTED));
}

/** Exit 0 when it completed, else 1. */
export async function reportEnd({ json, out, err }: Invocation, task: TaskSeen): Promise<number> {
  if (json) await out.write(`${visibleJson(JSON.stringify(task))}\n`);
  else await err.write(`${sentence(task)}\n`);
  return task.state === "completed" ? EXIT.ok : EXIT.runFailed;
}

function sentence({ taskId, state, parked, endReason }: TaskSeen): string {
  const why = parked ? [parked.reason, parked.note].filter(Boolean).join(": ") : endReason;
  const more = parked ? ` \`steward task explain ${taskId}\` says what helps.` : "";
  return visibleLine(`${taskId} ${state}${why ? ` (${why})` : ""}.${more}`);
}
