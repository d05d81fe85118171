/** `steward run PROMPT`: submit it for this directory, show what its agents do, and end as the task ends. */
import { askHere } from "../attach/ask-here.ts";
import { watchTask } from "../attach/watch-task.ts";
import { readyToRun } from "../init/ready-to-run.ts";
import type { Invocation } from "../invocation.ts";
import { reportEnd, submit } from "../submitted-task.ts";
import { patient, settledTask } from "../waiting.ts";

export async function run(invocation: Invocation): Promise<number> {
  await readyToRun(invocation);
  const { taskId, notice } = await submit(invocation, { cwd: process.cwd(), ...invocation.input });
  if (invocation.json) {
    const call = patient(invocation.call, { reached: true });
    return reportEnd(invocation, await settledTask(call, taskId));
  }
  const { task, usage } = await watchTask(invocation, taskId, { asking: askHere(invocation, taskId), notice });
  return reportEnd(invocation, task, usage);
}
