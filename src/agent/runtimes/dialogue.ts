/**
 * A dialogue: how one talks with an agent that answers while it works. A pure step from what was and what was heard to what
 * is, what is said and what is told; whoever holds the state, as JSON, goes on where a killed daemon stopped.
 */

import type { Agent } from "../agent.ts";
import type { AgentNews, Usage } from "../agent-event.ts";
import type { Failure } from "../failure.ts";
import type { RunInput } from "./run-input.ts";

/** How the agent itself says that its work ended. */
export interface Ended {
  readonly ok: boolean;
  readonly failure: Failure | null;
  readonly reason: string | null;
  /** Its last word to whoever reads. */
  readonly text: string | null;
  /** When a limit ends, epoch ms. */
  readonly until: number | null;
}

/** JSON throughout. `Own` is what only its runtime reads. */
export interface DialogueState<Own = unknown> {
  readonly session: string | null;
  readonly model: string | null;
  readonly version: string | null;
  /** Something came that shows that the program speaks the protocol. */
  readonly greeted: boolean;
  /** Something came of the work itself. */
  readonly progressed: boolean;
  /** Keys of what it asked and nobody answered yet. */
  readonly asking: readonly string[];
  /** What this run has spent. */
  readonly usage: Usage;
  /** What the whole session has cost so far, as the agent tells it. */
  readonly sessionUsage: Usage;
  readonly ended: Ended | null;
  readonly own: Own;
}

/** What the agent wants to do and may not do unasked. */
export interface Question {
  /** Within its run: whoever asks again with the same key asks the same. */
  readonly key: string;
  readonly tool: string;
  readonly input: unknown;
  readonly kind: "read" | "edit" | "execute" | "steward" | "other";
  /** What it would change, for an edit: absolute paths, or relative to the workspace. */
  readonly paths: readonly string[];
  /** In the agent's own words. */
  readonly title: string | null;
  readonly why: string | null;
  /** The runtime itself would not do it without being told to. */
  readonly insists: boolean;
}

/** `pass`: the runtime is to decide by its own rules. */
export interface Answer {
  readonly verdict: "allow" | "deny" | "pass";
  /** For the agent: why not. */
  readonly note: string | null;
}

export interface Step<Own = unknown> {
  readonly state: DialogueState<Own>;
  /** Lines for the agent. The same for the same state and line: one that was said before a crash is known again. */
  readonly say?: readonly string[];
  readonly news?: readonly AgentNews[];
  /** The line was none of the protocol: whatever is told of it, the agent has not gone on. */
  readonly isNoise?: boolean;
  readonly asks?: readonly Question[];
  /** Keys of questions that it asks no more. */
  readonly withdrawn?: readonly string[];
}

export interface Given {
  /** The prompt, which is not part of the state: it may be long. */
  readonly prompt: () => string;
  /** Epoch ms, for agents that tell limits as a time from now. */
  readonly now: number;
}

export interface Dialogue<Own = unknown> {
  begin(agent: Agent, input: RunInput): Step<Own>;
  /** A line of its standard output, without its end. Never throws, whatever the line is. */
  hear(state: DialogueState<Own>, line: string, given: Given): Step<Own>;
  answer(state: DialogueState<Own>, key: string, answer: Answer): Step<Own>;
  /** Asks it to stop what it is doing. */
  interrupt(state: DialogueState<Own>): Step<Own>;
  /** Leaves a question open for a later run of the session: the agent ends by itself. Undefined when it cannot. */
  defer?(state: DialogueState<Own>, key: string): Step<Own> | undefined;
}

/** Each runtime reads only states that it wrote itself: here its own part is forgotten by name. */
export function dialogueOf<Own>(dialogue: Dialogue<Own>): Dialogue {
  return dialogue as Dialogue<unknown>;
}
