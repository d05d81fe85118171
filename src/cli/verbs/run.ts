/** `steward run PROMPT`: submit it for this directory, show what its runs write, and end as the task ends. */
import type { Invocation } from "../invocation.ts";
import { copyOutput } from "../run-output.ts";
import { reportEnd, submit } from "../submitted-task.ts";
import { visibleLine } from "../visible.ts";
import { patient, settledTask, type TaskSeen } from "../waiting.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { input, json, out, err } = invocation;
  const taskId = await submit(invocation, { cwd: process.cwd(), ...input });
  const call = patient(invocation.call, { reached: true });
  if (json) return reportEnd(invocation, await settledTask(call, taskId));
  const copyBoth = async (runId: string) => {
    await Promise.all([
      copyOutput(invocation, { runId, stream: "stdout", follow: true }, out),
      copyOutput(invocation, { runId, stream: "stderr", follow: true }, err),
    ]);
  };
  const sayWhy = async (task: TaskSeen) => {
    const [last] = task.runs;
    const ended = last?.outcome ? `${last.runId} ${last.outcome}${last.reason ? ` (${last.reason})` : ""}; ` : "";
    await err.write(`${visibleLine(`${ended}${task.taskId} goes on at ${task.parked?.until ?? task.notBefore}.`)}\n`);
  };
  return reportEnd(invocation, await settledTask(call, taskId, copyBoth, sayWhy));
}
