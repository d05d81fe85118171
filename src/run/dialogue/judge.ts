/** What a dialogue needs of whoever decides: asked for each thing that its agent may not do unasked. */
import type { Answer, Question } from "../../agent/runtimes/dialogue.ts";

/** Who decides and remembers what an agent may do. Each may be asked again for the same after a crash. */
export interface Judge {
  /** Decided at once, or durably asked of a person: then undefined. */
  ask(question: Question): Promise<{ readonly answer: Answer | undefined; readonly approvalId: string | null }>;
  /** What was answered of these keys since. */
  answers(keys: readonly string[]): Promise<ReadonlyMap<string, Answered>>;
  withdraw(keys: readonly string[]): Promise<void>;
}

export interface Answered {
  readonly answer: Answer;
  readonly approvalId: string | null;
  readonly state: "approved" | "denied" | "expired";
  /** What whoever answered said. */
  readonly note: string | null;
}

/** For an agent that asks without waiting for answers. */
export const TOO_MUCH = {
  answer: { verdict: "deny", note: "Too many questions are open at once." },
  approvalId: null,
} as const;
