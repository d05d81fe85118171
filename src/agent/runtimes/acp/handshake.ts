/** From the first word to the prompt: who we are, a session that is new or taken up again, the model that it is to use. */
import type { Failure } from "../../failure.ts";
import type { Given } from "../dialogue.ts";
import { type Fields, fields, isFields, list, text } from "../json-line.ts";
import { failureOfError, reasonOfError, untilOf } from "./errors.ts";
import { knownAgent } from "./known-agents.ts";
import { modeSet, modesTold, setsMode } from "./modes.ts";
import { request } from "./rpc.ts";
import { type AcpMaking, NO_WORDS } from "./state.ts";

const PROTOCOL_VERSION = 1;

/** Longest id of a session, in characters. */
const MAX_SESSION_ID = 500;

const OURSELVES = {
  protocolVersion: PROTOCOL_VERSION,
  clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  clientInfo: { name: "steward", title: "Steward", version: "1" },
};

export function greet(making: AcpMaking): void {
  request(making, "initialize", OURSELVES);
}

export function initialized(making: AcpMaking, said: Fields, given: Given): void {
  const { protocolVersion, agentCapabilities, agentInfo } = fields(said.result);
  making.set({ version: text(fields(agentInfo).version, 100) });
  if (isFields(said.error)) {
    fail(making, said.error, "protocol", given);
  } else if (protocolVersion !== PROTOCOL_VERSION) {
    const theirs = text(JSON.stringify(protocolVersion) ?? "none", 100);
    end(making, "protocol", `It speaks version ${theirs} of the protocol, and not ${PROTOCOL_VERSION}.`);
  } else {
    open(making, fields(agentCapabilities));
  }
}

/** A session is known by its id only where it can be taken up: else the next run begins anew, with the whole prompt. */
function open(making: AcpMaking, capabilities: Fields): void {
  const { resumes, workspace, bridge } = making.own;
  const canResume = isFields(fields(capabilities.sessionCapabilities).resume);
  const canLoad = capabilities.loadSession === true;
  making.setOwn({ phase: "opening", keepsSessions: canResume || canLoad });
  const mcpServers = bridge === null ? [] : [{ name: "steward", ...bridge, env: [] }];
  const place = { cwd: workspace, mcpServers };
  if (resumes === null) {
    request(making, "session/new", place);
  } else if (canResume || canLoad) {
    making.setOwn({ sessionId: resumes, isReplaying: !canResume });
    request(making, canResume ? "session/resume" : "session/load", { sessionId: resumes, ...place });
  } else {
    end(making, "session_gone", "It cannot take up its last session any more.");
  }
}

export function opened(making: AcpMaking, said: Fields, given: Given): void {
  const { resumes } = making.own;
  const result = fields(said.result);
  const sessionId = resumes ?? text(result.sessionId, MAX_SESSION_ID);
  if (isFields(said.error)) fail(making, said.error, resumes === null ? "unknown" : "session_gone", given);
  else if (sessionId === null) end(making, "protocol", "It opened a session without an id.");
  else begun(making, sessionId, result, given);
}

function begun(making: AcpMaking, sessionId: string, result: Fields, given: Given): void {
  const { own } = making;
  const goesOnTelling = own.isReplaying && knownAgent(own.program).replayEndsWith !== undefined;
  making.setOwn({ sessionId, isReplaying: goesOnTelling, words: NO_WORDS });
  const model = own.wantedModel ?? modelOf(result);
  making.set({ session: own.keepsSessions ? sessionId : null, model });
  making.tell({ type: "started", session: sessionId, model, version: making.state.version });
  modesTold(making, result);
  choose(making, result, given);
}

/** The protocol has no word for models in its first version; agents offer them as an option of the session, or beside it. */
function choose(making: AcpMaking, result: Fields, given: Given): void {
  const { wantedModel, sessionId } = making.own;
  const option = modelOption(result);
  making.setOwn({ phase: "choosing" });
  if (wantedModel === null) {
    restrain(making, given);
  } else if (option !== undefined) {
    const configId = text(option.id, 200);
    request(making, "session/set_config_option", { sessionId, configId, value: wantedModel });
  } else if (isFields(result.models)) {
    request(making, "session/set_model", { sessionId, modelId: wantedModel });
  } else {
    end(making, "model", "It offers no choice of models: name the model in its command.");
  }
}

export function modelChosen(making: AcpMaking, said: Fields, given: Given): void {
  if (isFields(said.error)) fail(making, said.error, "model", given);
  else restrain(making, given);
}

/** What it is told comes last, so that nothing changes it again before the prompt. */
function restrain(making: AcpMaking, given: Given): void {
  making.setOwn({ phase: "restraining" });
  if (!setsMode(making)) prompt(making, given);
}

export function restrained(making: AcpMaking, said: Fields, given: Given): void {
  if (isFields(said.error)) {
    end(making, "protocol", `It does not go into the mode in which it asks: ${reasonOfError(said.error)}`);
    return;
  }
  modeSet(making);
  prompt(making, given);
}

function modelOption({ configOptions }: Fields): Fields | undefined {
  return list(configOptions)
    .filter(isFields)
    .find(({ category, id }) => category === "model" || id === "model");
}

function modelOf(result: Fields): string | null {
  return text(modelOption(result)?.currentValue, 200) ?? text(fields(result.models).currentModelId, 200);
}

function prompt(making: AcpMaking, given: Given): void {
  making.setOwn({ phase: "working" });
  sayPrompt(making, plain(given.prompt()));
}

export function sayPrompt(making: AcpMaking, said: string): void {
  request(making, "session/prompt", { sessionId: making.own.sessionId, prompt: [{ type: "text", text: said }] });
}

/** Agents take a prompt that begins with one of these for a command of their own, and some of those change what they may do. */
function plain(prompt: string): string {
  return /^\s*[/$!#@]/.test(prompt) ? `Your task:\n\n${prompt}` : prompt;
}

function fail(making: AcpMaking, error: Fields, otherwise: Failure, { now }: Given): void {
  const found = failureOfError(error, making.own.program);
  // A session that is not there is a request that is wrong, to some.
  const saysLittle =
    found === "unknown" || found === "server" || (found === "protocol" && otherwise === "session_gone");
  const failure = saysLittle ? otherwise : found;
  end(making, failure, reasonOfError(error), untilOf(error, now));
}

function end(making: AcpMaking, failure: Failure, reason: string, until: number | null = null): void {
  making.end({ ok: false, failure, reason, text: null, until });
}
