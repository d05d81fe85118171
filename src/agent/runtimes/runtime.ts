/** A runtime: knows which program to start for one kind of agent, and what its end means. */
import type { Agent } from "../agent.ts";

export interface RunInput {
  readonly prompt: string;
  readonly promptFile: string;
  readonly taskId: string;
  readonly runId: string;
  readonly workspace: string;
}

export interface LaunchPlan {
  readonly argv: readonly string[];
  /** The file that is its standard input. */
  readonly stdin: string;
}

/** What the world can see of a run that is over. */
export interface RunEnd {
  /** The exit status; undefined when nobody wrote one down. */
  readonly exit: number | undefined;
  /** What the agent wrote to $STEWARD_RESULT, parsed; undefined when it wrote nothing readable. */
  readonly result: unknown;
}

export type Verdict =
  | { readonly outcome: "completed" }
  | { readonly outcome: "failed"; readonly reason: string }
  | { readonly outcome: "limited"; readonly untilMs: number | null }
  | { readonly outcome: "yielded"; readonly to: "approval" | "question"; readonly question: string | null }
  | { readonly outcome: "configuration"; readonly reason: string }
  | { readonly outcome: "lost" };

export interface Runtime {
  plan(agent: Agent, input: RunInput): LaunchPlan;
  judge(end: RunEnd): Verdict;
}
