/** Whether somebody sits at this terminal who can be asked, and how. */
import { isatty } from "node:tty";
import type { Invocation } from "../invocation.ts";
import { leave } from "../submitted-task.ts";
import { type Answering, type AskInPlace, askInPlace } from "./ask-in-place.ts";

export function askHere({ call, out, err }: Invocation, taskId: string): AskInPlace | undefined {
  if (!out.isTerminal || !isatty(0)) return undefined;
  return askInPlace(call, answeringOn(out), () => leave(taskId, err));
}

/** Keys are only taken while a question is shown: at all other times Ctrl-C is the terminal's own. Loaded with the first question. */
function answeringOn(out: Invocation["out"]): Answering {
  return async (call, approvalId) => {
    const [{ askApproval }, { openKeys }, { USUAL_SCREEN }] = await Promise.all([
      import("../ask-approval.ts"),
      import("../keys.ts"),
      import("../page-through.ts"),
    ]);
    const keys = openKeys(process.stdin);
    const screen = () => ({
      columns: process.stdout.columns || USUAL_SCREEN.columns,
      rows: process.stdout.rows || USUAL_SCREEN.rows,
    });
    try {
      return await askApproval({ call, write: (text) => out.write(text), keys, screen, isWatching: true }, approvalId);
    } finally {
      keys.close();
    }
  };
}
