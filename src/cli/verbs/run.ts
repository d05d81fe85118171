/** `steward run PROMPT`: submit it for this directory, show what its runs write, and end as the task ends. */
import type { Invocation } from "../invocation.ts";
import { copyOutput } from "../run-output.ts";
import { reportEnd, submit } from "../submitted-task.ts";
import { patient, settledTask } from "../waiting.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { input, json, out, err } = invocation;
  const taskId = await submit(invocation, { cwd: process.cwd(), ...input });
  const call = patient(invocation.call, { reached: true });
  if (json) return reportEnd(invocation, await settledTask(call, taskId));
  const copyBoth = async (runId: string) => {
    await Promise.all([
      copyOutput(call, { runId, stream: "stdout", follow: true }, out),
      copyOutput(call, { runId, stream: "stderr", follow: true }, err),
    ]);
  };
  return reportEnd(invocation, await settledTask(call, taskId, copyBoth));
}
