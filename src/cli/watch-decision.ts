/** Notices that a question, while it is shown at this terminal, was answered somewhere else or is no longer asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { asFailure } from "./failure.ts";
import type { Invocation } from "./invocation.ts";
import type { ApprovalSeen } from "./render/approval.ts";

/** How soon an answer that somebody else gave is noticed, in ms. */
const LOOK_MS = 500;

export interface WatchDecision {
  /** Aborts when nobody has to answer here any more. */
  readonly signal: AbortSignal;
  /** How it was decided; `gone`: nothing is known of it any more; undefined while it is open. */
  decided(): ApprovalSeen | "gone" | undefined;
  /** To be called before an answer is given here: one's own is not somebody else's. */
  stop(): void;
}

export function watchDecision(call: Invocation["call"], approvalId: string): WatchDecision {
  const over = new AbortController();
  const stopping = new AbortController();
  let decided: ApprovalSeen | "gone" | undefined;

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: stopping.signal });
      const seen = await look(call, approvalId);
      if (stopping.signal.aborted || seen === undefined || (seen !== "gone" && seen.state === "pending")) continue;
      decided = seen;
      over.abort();
      return;
    }
  }

  // It ends by being stopped, which is no failure of anybody.
  watch().catch(() => {});
  return { signal: over.signal, decided: () => decided, stop: () => stopping.abort() };
}

/** Undefined: nobody can say. Whoever answers meanwhile hears of that by their answer. */
async function look(call: Invocation["call"], approvalId: string): Promise<ApprovalSeen | "gone" | undefined> {
  try {
    return (await call("approval.get", { approvalId })) as ApprovalSeen;
  } catch (error) {
    return asFailure(error).error.data?.code === "not_found" ? "gone" : undefined;
  }
}
