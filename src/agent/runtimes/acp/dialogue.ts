/**
 * The dialogue with an agent that speaks the Agent Client Protocol, version 1 (agentclientprotocol.com): initialize, a session,
 * one prompt. Steward offers it neither files nor terminals: it works with its own hands, and asks.
 */
import { type Agent, commandOf } from "../../agent.ts";
import { Making, newState } from "../conversation.ts";
import type { Answer, Dialogue, Given, Step } from "../dialogue.ts";
import { type Fields, fields, parseLine, text } from "../json-line.ts";
import type { RunInput } from "../run-input.ts";
import { endOfTurn } from "./end.ts";
import { greet, initialized, modelChosen, opened, restrained } from "./handshake.ts";
import { knownAgent, programOf } from "./known-agents.ts";
import { answersSetBack, modeTold } from "./modes.ts";
import { answerOpen, asked, cancelOpen } from "./questions.ts";
import { rpcId, say, sayUnknown } from "./rpc.ts";
import { type AcpMaking, type AcpOwn, NO_TOKENS, NO_WORDS, type State } from "./state.ts";
import { updated } from "./updates.ts";

export const acpDialogue: Dialogue<AcpOwn> = { begin, hear, answer, interrupt };

function begin(agent: Agent, { session, workspace, bridge }: RunInput): Step<AcpOwn> {
  const program = programOf(commandOf(agent));
  const { modelArguments, bridgeArguments } = knownAgent(program);
  const own: AcpOwn = {
    ...FRESH,
    ...{ program, workspace, resumes: session?.id ?? null },
    bridge: bridgeArguments ? null : bridge,
    wantedModel: modelArguments ? null : (agent.model ?? null),
    isToAsk: agent.permissions !== "yolo",
  };
  const making = new Making(newState(own, { session: session?.id ?? null, usage: session?.usage ?? null }));
  greet(making);
  return making.step();
}

const FRESH: Omit<AcpOwn, "program" | "workspace"> = {
  bridge: null,
  wantedModel: null,
  isToAsk: true,
  asking: null,
  resumes: null,
  phase: "greeting",
  sessionId: null,
  requests: 0,
  isReplaying: false,
  keepsSessions: false,
  wasInterrupted: false,
  open: {},
  calls: {},
  words: NO_WORDS,
  errorSaid: null,
  denial: null,
  nudges: 0,
  hasActed: false,
  processTokens: NO_TOKENS,
};

function hear(state: State, line: string, given: Given): Step<AcpOwn> {
  const making = new Making(state);
  if (state.ended) return making.step();
  const said = parseLine(line);
  if (said?.jsonrpc === "2.0") heard(making, said, given);
  else making.noise(line);
  return making.step();
}

function heard(making: AcpMaking, said: Fields, given: Given): void {
  making.set({ greeted: true });
  if (typeof said.method !== "string") responded(making, said, given);
  else if (said.id === undefined) notified(making, said.method, fields(said.params));
  else requested(making, said, said.method);
}

function notified(making: AcpMaking, method: string, params: Fields): void {
  if (method !== "session/update" || !isOurs(making, params)) return;
  const update = fields(params.update);
  modeTold(making, update);
  updated(making, update);
}

/** Whatever it asks is answered: else it would wait for ever. */
function requested(making: AcpMaking, said: Fields, method: string): void {
  const id = rpcId(said.id);
  const params = fields(said.params);
  if (id === undefined) return;
  if (method === "session/request_permission" && isOurs(making, params)) asked(making, id, params);
  else sayUnknown(making, id, text(method, 100) ?? "");
}

function isOurs({ own }: AcpMaking, { sessionId }: Fields): boolean {
  return own.sessionId === null || sessionId === own.sessionId;
}

function responded(making: AcpMaking, said: Fields, given: Given): void {
  if (answersSetBack(making, said)) return;
  if (said.id === making.own.requests) ANSWERED[making.own.phase](making, said, given);
}

const ANSWERED: Readonly<Record<AcpOwn["phase"], (making: AcpMaking, said: Fields, given: Given) => void>> = {
  greeting: initialized,
  opening: opened,
  choosing: modelChosen,
  restraining: restrained,
  working: endOfTurn,
};

function answer(state: State, key: string, answer: Answer): Step<AcpOwn> {
  const making = new Making(state);
  answerOpen(making, key, answer);
  return making.step();
}

function interrupt(state: State): Step<AcpOwn> {
  const making = new Making(state);
  if (state.ended) return making.step();
  making.setOwn({ wasInterrupted: true });
  if (making.own.phase !== "working") {
    making.end({ ok: false, failure: "interrupted", reason: "It was told to stop.", text: null, until: null });
    return making.step();
  }
  say(making, { method: "session/cancel", params: { sessionId: making.own.sessionId } });
  cancelOpen(making);
  return making.step();
}
