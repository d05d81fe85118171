/** A runtime: knows which program to start for one kind of agent, and how to talk with it while it works. */

import type { Agent } from "../agent.ts";
import type { Dialogue } from "./dialogue.ts";
import type { RunInput } from "./run-input.ts";

export interface LaunchPlan {
  readonly argv: readonly string[];
  /** The file that is its standard input, where there is no dialogue. */
  readonly stdin: string;
  /** Variables that this kind of agent needs. What the agent's definition says of the same names wins. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that must be there before it starts: absolute path to content. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Runtime {
  plan(agent: Agent, input: RunInput): LaunchPlan;
  /** Absent: it is told its prompt and says how it went by its exit status. */
  readonly dialogue?: Dialogue;
}
