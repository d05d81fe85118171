/** Questions of the agents of a task, answered by the person who watches it. */
import type { Invocation } from "../invocation.ts";

export interface AskInPlace {
  /** A question that was just heard of. */
  ask(approvalId: string): Promise<void>;
  /** All that are open of a task; whether one of them was answered. */
  askAll(taskId: string): Promise<boolean>;
}

/** Shows one question whole and takes its answer from the keys of a terminal. */
export type Answering = (
  call: Invocation["call"],
  approvalId: string,
) => Promise<"approved" | "denied" | "skipped" | "quit" | "gone">;

/** `leave`: whoever watched has had enough. */
export function askInPlace(call: Invocation["call"], answering: Answering, leave: () => Promise<void>): AskInPlace {
  const skipped = new Set<string>();

  async function ask(approvalId: string): Promise<boolean> {
    // An old question is only a line of the past.
    const { state } = (await call("approval.get", { approvalId })) as { state: string };
    if (state !== "pending" || skipped.has(approvalId)) return false;
    const how = await answering(call, approvalId);
    if (how === "quit") await leave();
    if (how === "skipped") skipped.add(approvalId);
    return how !== "skipped";
  }

  return {
    ask: async (approvalId) => void (await ask(approvalId)),
    async askAll(taskId) {
      const { approvals } = (await call("approval.list", { state: "pending", taskId })) as {
        approvals: { approvalId: string }[];
      };
      // Answered by somebody else meanwhile, the task is on its way already.
      let isAnswered = approvals.length === 0;
      for (const { approvalId } of approvals) isAnswered = (await ask(approvalId)) || isAnswered;
      return isAnswered;
    },
  };
}
