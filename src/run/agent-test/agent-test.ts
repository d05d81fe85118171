/** The test of an agent: a task of one line, and what its end says of the agent in plain words. */
import type { Agent } from "../../agent/agent.ts";
import { commandOf } from "../../agent/agent.ts";
import type { Failure } from "../../agent/failure.ts";
import { KNOWN_AGENTS } from "../../agent/known-agents.ts";
import type { Outcome } from "../outcome.ts";

/** What tests ask for. The one role of which an unhealthy agent, or one at its limit, is given tasks: how else should it be found well again? */
export const TEST_ROLE = "agent-test";

/** A program of yours mostly hands its prompt to a shell, or to a model: both can do this. */
const PROMPT_FOR_PROGRAM = "echo OK";
const PROMPT_FOR_AGENT = "Answer with the one word OK. Use no tools, and look at nothing.";

export function testPrompt({ runtime }: Agent): string {
  return runtime === "command" ? PROMPT_FOR_PROGRAM : PROMPT_FOR_AGENT;
}

export interface TestSeen {
  /** It asked a person: it works, and nobody is there to answer. */
  readonly asks: boolean;
  /** Null while its run has not ended, or there is none yet. */
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  /** What the agent itself told of its failure. */
  readonly failure: Failure | null;
  /** The end of what it printed, errors first. */
  readonly lastWords: string;
  /** When a limit ends; ISO. */
  readonly until: string | null;
  readonly hasStarted: boolean;
  /** Why it has not started. */
  readonly waits: string;
  readonly waitedSeconds: number;
}

/** Null: it does its work. */
export function testProblem(seen: TestSeen, agent: Agent): string | null {
  const { outcome, asks, hasStarted, waits, waitedSeconds } = seen;
  if (asks || outcome === "completed") return null;
  if (!hasStarted && outcome === null) return `It was not tried within ${waitedSeconds} s: ${waits}`;
  if (outcome === null) return `${silent(`within ${waitedSeconds} s`)}${words(seen)}`;
  const told = seen.failure === null ? undefined : OF_FAILURE[seen.failure]?.(seen, agent);
  return told ?? `${OF_OUTCOME[outcome](seen)}${words(seen)}`;
}

type Told = (seen: TestSeen, agent: Agent) => string;

const OF_FAILURE: Readonly<Partial<Record<Failure, Told>>> = {
  auth: (seen, agent) => `It is not logged in, or its key is not taken${because(seen)}. ${logIn(agent)}`,
  billing: (seen) => `Its account cannot pay for it${because(seen)}.`,
  model: (seen) => `The model that it asks for is not there for it${because(seen)}. See \`model\` in its settings.`,
  limit: (seen) => `It works, and its limit is reached${until(seen)}${because(seen)}.`,
  overloaded: (seen) => `Its model is overloaded${because(seen)}. Try again in a while.`,
  server: (seen) => `The service of its model has a fault${because(seen)}. Try again in a while.`,
  network: (seen) => `Its model cannot be reached${because(seen)}. See the network of this host, and its proxy.`,
  protocol: (seen) =>
    `It does not speak as this Steward expects${because(seen)}. Its version may be too old or too new.`,
};

const OF_OUTCOME: Readonly<Record<Outcome, (seen: TestSeen) => string>> = {
  completed: () => "",
  failed: (seen) => failed(seen),
  configuration: ({ reason }) => `It is not set up right: ${stopped(reason ?? "it does not say why")}`,
  limited: (seen) => `It works, and a limit is reached${until(seen)}${because(seen)}.`,
  yielded: ({ reason }) => `It stopped to ask something: ${stopped(reason ?? "it does not say what")}`,
  budget: (seen) => `Its budget is spent${because(seen)}.`,
  lost: () => "Its process vanished without a trace.",
  never_started: () => "Its process could not be started.",
  cancelled: () => "Somebody cancelled the test.",
};

/** Reasons of timers are names of them; all of them mean that nothing was heard. */
function failed({ reason }: TestSeen): string {
  if (reason?.endsWith("_timeout")) return silent(`(${reason.replaceAll("_", " ")})`);
  return `It failed: ${stopped(reason ?? "it does not say why")}`;
}

function silent(how: string): string {
  return `It gave no answer ${how}: it may wait for a login, or for a model that it cannot reach.`;
}

function stopped(sentence: string): string {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}

function because({ reason }: TestSeen): string {
  return reason === null ? "" : ` (${reason})`;
}

function until({ until: at }: TestSeen): string {
  return at === null ? "" : ` until ${at}`;
}

function words({ lastWords, reason }: TestSeen): string {
  return lastWords === "" || reason?.includes(lastWords) ? "" : ` Its last words: ${lastWords}`;
}

function logIn(agent: Agent): string {
  const program = commandOf(agent)[0].replace(/.*\//, "");
  return KNOWN_AGENTS.find(({ name }) => name === program)?.logIn ?? "Log in as its own documentation says.";
}
