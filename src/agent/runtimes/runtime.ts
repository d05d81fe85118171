/** A runtime: knows which program to start for one kind of agent, and how to talk with it while it works. */

import type { Agent } from "../agent.ts";
import type { Usage } from "../agent-event.ts";
import type { Dialogue } from "./dialogue.ts";

export interface RunInput {
  readonly prompt: string;
  readonly promptFile: string;
  readonly taskId: string;
  readonly runId: string;
  readonly workspace: string;
  /** The vendor's conversation that is to be taken up again. */
  readonly session: SessionBefore | null;
  /** A directory for the agent program's own configuration and sessions: the same for all runs of this agent at this task. */
  readonly configDirectory: string;
  /** Which command connects the agent to Steward's tools, as an MCP server over its standard streams. */
  readonly bridge: { readonly command: string; readonly args: readonly string[] } | null;
}

export interface SessionBefore {
  readonly id: string;
  /** What it had cost by then. */
  readonly usage: Usage | null;
  /** It ended in the middle of a question and asks it again: there is nothing to be said first. */
  readonly isDeferred: boolean;
}

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
