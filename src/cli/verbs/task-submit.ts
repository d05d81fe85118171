/** `steward task submit … --wait`: the exit code says how it ended. */
import type { Invocation } from "../invocation.ts";
import { reportEnd, submit } from "../submitted-task.ts";
import { patient, settledTask } from "../waiting.ts";

export async function submitAndWait(invocation: Invocation): Promise<number> {
  const { wait: _, ...task } = invocation.input;
  const { taskId } = await submit(invocation, task);
  return reportEnd(invocation, await settledTask(patient(invocation.call, { reached: true }), taskId));
}
