/**
 * The dialogue with Codex: its app server's protocol (0.169), JSON-RPC without the `jsonrpc` field. It works in its own
 * sandbox, and what it wants to do outside of that it asks for.
 */
import { type Agent, commandOf } from "../../agent.ts";
import type { Failure } from "../../failure.ts";
import { Making, newState } from "../conversation.ts";
import type { Answer, Dialogue, Given, Step } from "../dialogue.ts";
import { type Fields, fields, parseLine, text } from "../json-line.ts";
import type { RunInput } from "../run-input.ts";
import { hasScratchHome, keepsOwnHome, serversIn } from "./command-line.ts";
import { endOfTurn, failureOfError } from "./end.ts";
import { itemCompleted, itemStarted } from "./items.ts";
import { tellLimits, tellReached } from "./limits.ts";
import { OUR_SERVER, threadRequest, turnRequest } from "./opening.ts";
import { answerTo, asked, patchUpdated } from "./questions.ts";
import { type CodexOwn, type CodexState, freshOwn, ID, recall, without } from "./state.ts";
import { tellUsage } from "./usage.ts";

export const codexDialogue: Dialogue<CodexOwn> = { begin, hear, answer, interrupt, defer };

/** Pieces of what comes whole later: they would only fill the raw output. */
const NOT_WANTED = [
  ...["item/agentMessage/delta", "item/plan/delta", "item/reasoning/summaryTextDelta", "item/reasoning/textDelta"],
  ...["item/commandExecution/outputDelta", "item/fileChange/outputDelta", "turn/diff/updated"],
];

function begin(agent: Agent, { workspace, session, bridge }: RunInput): Step<CodexOwn> {
  const own = freshOwn({
    cwd: workspace,
    model: agent.model ?? null,
    permissions: agent.permissions ?? "ask",
    resumes: session?.id ?? null,
    bridge,
    isScratch: hasScratchHome(agent),
    keptServers: keepsOwnHome(agent) ? serversIn(commandOf(agent)) : null,
  });
  const making = new Making<CodexOwn>(newState(own, { session: session?.id ?? null, usage: session?.usage ?? null }));
  const capabilities = {
    experimentalApi: false,
    requestAttestation: false,
    optOutNotificationMethods: NOT_WANTED,
  };
  const clientInfo = { name: "steward", title: "Steward", version: "1" };
  making.sayJson({ id: ID.initialize, method: "initialize", params: { clientInfo, capabilities } });
  return making.step();
}

function hear(state: CodexState, line: string, given: Given): Step<CodexOwn> {
  const making = new Making(state);
  const said = parseLine(line);
  if (said) heard(making, said, given);
  else making.noise(line);
  return making.step();
}

function heard(making: Making<CodexOwn>, said: Fields, given: Given): void {
  const { id, method } = said;
  const params = fields(said.params);
  const isRequest = typeof id === "number" || typeof id === "string";
  if (typeof method !== "string") responded(making, said, given);
  else if (isRequest) asked(making, id, method, params);
  else if (!making.state.ended) TOLD.get(method)?.(making, params);
}

type Hears = (making: Making<CodexOwn>, params: Fields) => void;

const TOLD: ReadonlyMap<string, Hears> = new Map<string, Hears>([
  ["turn/started", turnStarted],
  ["turn/completed", turnCompleted],
  ["item/started", itemStarted],
  ["item/completed", itemCompleted],
  ["item/fileChange/patchUpdated", patchUpdated],
  ["thread/tokenUsage/updated", tellUsage],
  ["account/rateLimits/updated", tellLimits],
  ["serverRequest/resolved", resolved],
  ["mcpServer/startupStatus/updated", serverStarted],
  ["error", tellError],
]);

/** Each of our first requests is made when the one before was answered. */
function responded(making: Making<CodexOwn>, said: Fields, given: Given): void {
  const { opening } = making.own;
  const result = fields(said.result);
  const refused = said.error === undefined ? null : (text(fields(said.error).message, 500) ?? "it refused");
  if (making.state.ended) return;
  const isGone = said.id === ID.thread && opening.resumes !== null && THREAD_GONE.test(refused ?? "");
  if (refused !== null && MUST_SUCCEED.has(said.id)) fail(making, refused, isGone ? "session_gone" : "protocol");
  else if (said.id === ID.initialize) greeted(making, result);
  else if (said.id === ID.account && result.account === null && result.requiresOpenaiAuth === true) notLoggedIn(making);
  else if (said.id === ID.account && !opening.isScratch)
    making.sayJson({ id: ID.configuration, method: "config/read", params: { includeLayers: false } });
  else if (said.id === ID.account || said.id === ID.configuration)
    making.sayJson(threadRequest(opening, fields(result.config)));
  else if (said.id === ID.thread) opened(making, result, given);
  else if (said.id === ID.turn) making.setOwn({ turn: text(fields(result.turn).id, 200) });
}

/** Of its own words only: "no rollout found for thread id …". One that another process works on is not gone. */
const THREAD_GONE =
  /\bno rollout found\b|\bthread not found\b|\brollout\b.*\b(missing|not found|does not exist|No such file)\b/i;

const MUST_SUCCEED: ReadonlySet<unknown> = new Set([ID.initialize, ID.thread, ID.turn]);

function greeted(making: Making<CodexOwn>, result: Fields): void {
  const version = /\/(\d[^\s/]*)/.exec(text(result.userAgent, 500) ?? "")?.[1] ?? null;
  making.set({ greeted: true, version });
  making.sayJson({ method: "initialized" });
  making.sayJson({ id: ID.account, method: "account/read", params: { refreshToken: false } });
}

function fail(making: Making<CodexOwn>, reason: string, failure: Failure = "protocol"): void {
  making.end({ ok: false, failure, reason, text: null, until: null });
}

function notLoggedIn(making: Making<CodexOwn>): void {
  const reason = "Codex is not logged in: run `codex login`, or give the agent OPENAI_API_KEY in its env";
  making.end({ ok: false, failure: "auth", reason, text: null, until: null });
}

function opened(making: Making<CodexOwn>, result: Fields, given: Given): void {
  const session = text(fields(result.thread).id, 200);
  const model = text(result.model, 200);
  if (session === null) {
    fail(making, "it opened a thread without an id");
    return;
  }
  making.set({ session, model });
  making.tell({ type: "started", session, model, version: making.state.version });
  making.sayJson(turnRequest(making.own.opening, session, given.prompt()));
}

function turnStarted(making: Making<CodexOwn>, params: Fields): void {
  if (isOurs(making, params)) making.setOwn({ turn: text(fields(params.turn).id, 200) });
}

function turnCompleted(making: Making<CodexOwn>, params: Fields): void {
  if (!isOurs(making, params)) return;
  const ended = endOfTurn(fields(params.turn), making.own);
  making.end({ ...ended, until: ended.failure === "limit" ? tellReached(making) : null });
}

/** And not of a sub-agent. */
function isOurs(making: Making<CodexOwn>, { threadId }: Fields): boolean {
  return threadId === making.state.session;
}

/** Whoever answered it: one that is still open here was taken back. */
function resolved(making: Making<CodexOwn>, { requestId }: Fields): void {
  for (const [key, open] of Object.entries(making.own.open)) {
    if (open.id !== requestId) continue;
    making.setOwn({ open: without(making.own.open, key) });
    making.withdraw(key);
  }
}

/** Without Steward's tools it works on, but somebody should know. */
function serverStarted(making: Making<CodexOwn>, { name, status, error }: Fields): void {
  if (name !== OUR_SERVER || status !== "failed") return;
  making.tell({
    type: "error",
    message: `It cannot reach Steward's tools: ${text(error, 500) ?? "no reason was given"}`,
  });
}

function tellError(making: Making<CodexOwn>, params: Fields): void {
  const error = fields(params.error);
  const message = text(error.message, 2_000) ?? "error";
  if (params.willRetry !== true) {
    making.tell({ type: "error", message });
    return;
  }
  const attempt = /(\d+)\/\d+$/.exec(message)?.[1];
  const reason = text(error.additionalDetails, 500) ?? message;
  making.setOwn({ retryingAfter: failureOfError(error) });
  making.tell({ type: "retrying", attempt: attempt === undefined ? null : Number(attempt), afterMs: null, reason });
}

function answer(state: CodexState, key: string, answer: Answer): Step<CodexOwn> {
  const making = new Making(state);
  const open = recall(making.own.open, key);
  if (!open) return making.step();
  making.setOwn({ open: without(making.own.open, key) });
  making.answered(key);
  making.sayJson(answerTo(open, answer));
  if (answer.verdict === "deny" && answer.note !== null) sayWhy(making, answer.note);
  return making.step();
}

/** A decision of this protocol has no words: they follow as a message into the turn. */
function sayWhy(making: Making<CodexOwn>, note: string): void {
  const { session: threadId } = making.state;
  const { turn: expectedTurnId } = making.own;
  if (expectedTurnId === null) return;
  const input = [{ type: "text", text: `That was not allowed: ${note}`, text_elements: [] }];
  request(making, "turn/steer", { threadId, expectedTurnId, input });
}

function interrupt(state: CodexState): Step<CodexOwn> {
  const making = new Making(state);
  const { session: threadId } = making.state;
  const { turn: turnId } = making.own;
  if (turnId !== null) request(making, "turn/interrupt", { threadId, turnId });
  else making.end({ ok: false, failure: "interrupted", reason: "it was told to stop", text: null, until: null });
  return making.step();
}

/**
 * The turn is ended in the middle of the call, and a later run of the thread makes it again: the answer is for the same
 * tool with the same input. Not while anything else is going on, which would be ended with it.
 */
function defer(state: CodexState, key: string): Step<CodexOwn> | undefined {
  const { open, calls, turn } = state.own;
  const others = Object.keys(calls).filter((id) => id !== key);
  if (!recall(open, key) || turn === null || Object.keys(open).length > 1 || others.length > 0) return undefined;
  const making = new Making(state);
  making.setOwn({
    open: {},
    deferred: LATER,
  });
  making.answered(key);
  request(making, "turn/interrupt", { threadId: making.state.session, turnId: turn });
  return making.step();
}

/** For whoever looks, and for the agent when it goes on. */
const LATER = "a person was asked about its last call, which is then to be made again, the very same";

function request(making: Making<CodexOwn>, method: string, params: object): void {
  const { nextId: id } = making.own;
  making.setOwn({ nextId: id + 1 });
  making.sayJson({ id, method, params });
}
