/** What a runtime is told of the run that it is to start. */
import type { Usage } from "../agent-event.ts";

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
