/** Whether somebody sits at this terminal who can be asked, and how. */
import { isatty } from "node:tty";
import type { Invocation } from "../invocation.ts";
import { leave } from "../submitted-task.ts";
import { type Answering, type AskInPlace, askInPlace } from "./ask-in-place.ts";

export function askHere({ call, out, err }: Invocation, taskId: string): AskInPlace | undefined {
  if (!out.isTerminal || !isatty(0)) return undefined;
  const answering: Answering = async () => "skipped";
  return askInPlace(call, answering, () => leave(taskId, err));
}
