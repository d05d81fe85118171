/** `steward attach TASK`: show what the agents of a task do, from its beginning or from now on, and end as the task ends. */
import { askHere } from "../attach/ask-here.ts";
import { watchTask } from "../attach/watch-task.ts";
import type { Invocation } from "../invocation.ts";
import { leaveOnInterrupt, reportEnd } from "../submitted-task.ts";
import { patient, settledTask } from "../waiting.ts";

export async function attach(invocation: Invocation): Promise<number> {
  const { taskId } = (await invocation.call("task.get", { taskId: invocation.input.taskId })) as { taskId: string };
  leaveOnInterrupt(invocation, taskId);
  if (invocation.json) {
    const call = patient(invocation.call, { reached: true });
    return reportEnd(invocation, await settledTask(call, taskId));
  }
  const isTail = invocation.input.tail === true;
  const { task, usage } = await watchTask(invocation, taskId, { asking: askHere(invocation, taskId), isTail });
  return reportEnd(invocation, task, usage);
}
