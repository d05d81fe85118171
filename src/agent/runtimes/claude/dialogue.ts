/**
 * The dialogue with Claude Code: its control protocol, as its own SDK speaks it (2.1.x). Every tool call is asked for by a
 * PreToolUse hook that is answered here, so that no rule of a repository's settings lets one pass unseen.
 */

import { digestOf } from "../../../config/digest.ts";
import { iso } from "../../../core/clock.ts";
import type { Agent } from "../../agent.ts";
import { NO_USAGE } from "../../agent-event.ts";
import { Making, newState } from "../conversation.ts";
import type { Answer, Dialogue, DialogueState, Given, Question, Step } from "../dialogue.ts";
import { type Fields, fields, momentOf, parseLine, text } from "../json-line.ts";
import type { RunInput } from "../run-input.ts";
import { endOf } from "./end.ts";
import { tellMessage, tellSystem, tellUser } from "./messages.ts";
import { type ClaudeOwn, FRESH, type Open } from "./own.ts";
import { toolQuestion } from "./tools.ts";
import { totalOf } from "./usage.ts";

type State = DialogueState<ClaudeOwn>;

/** A person may take this long to answer, in seconds: the hook would be given up by then. Longer ones are asked for again as `can_use_tool`. */
const HOOK_SECONDS = 7 * 24 * 3600;
/** Most calls of which is remembered that they were denied, and how they were decided. */
const MAX_DENIED = 50;
const MAX_DECIDED = 16;

export const claudeDialogue: Dialogue<ClaudeOwn> = { begin, hear, answer, interrupt, defer };

function begin(_: Agent, { session }: RunInput): Step<ClaudeOwn> {
  const making = new Making<ClaudeOwn>(
    newState<ClaudeOwn>(
      { ...FRESH, goesOn: session?.isDeferred ?? false },
      { session: session?.id ?? null, usage: session?.usage ?? NO_USAGE },
    ),
  );
  const hooks = { PreToolUse: [{ matcher: "*", hookCallbackIds: [HOOK], timeout: HOOK_SECONDS }] };
  making.sayJson({ type: "control_request", request_id: GREETING, request: { subtype: "initialize", hooks } });
  return making.step();
}

const GREETING = "steward-greeting";
const HOOK = "steward-hook";

function hear(state: State, line: string, given: Given): Step<ClaudeOwn> {
  const making = new Making(state);
  const said = parseLine(line);
  if (said && typeof said.type === "string") heard(making, said, given);
  else making.noise(line);
  return making.step();
}

function heard(making: Making<ClaudeOwn>, said: Fields, given: Given): void {
  if (GREETS.has(said.type) && !making.state.greeted) making.set({ greeted: true });
  HEARD.get(said.type)?.(making, said, given);
}

/** What is not known here is not for us: the program says more with every version. */
const HEARD = new Map<unknown, (making: Making<ClaudeOwn>, said: Fields, given: Given) => void>([
  ["control_response", (making, said, given) => controlResponse(making, fields(said.response), given)],
  ["control_request", controlRequest],
  ["control_cancel_request", (making, said) => cancelled(making, String(said.request_id))],
  ["system", tellSystem],
  ["rate_limit_event", (making, said) => limit(making, fields(said.rate_limit_info))],
  ["assistant", tellMessage],
  ["user", tellUser],
  ["result", result],
]);

const GREETS: ReadonlySet<unknown> = new Set([...HEARD.keys()].filter((type) => type !== "control_cancel_request"));

function controlResponse(making: Making<ClaudeOwn>, response: Fields, given: Given): void {
  if (response.request_id !== GREETING || making.own.phase !== "greeting") return;
  if (response.subtype !== "success") {
    const reason = text(response.error, 500) ?? "it refused the greeting";
    making.end({ ok: false, failure: "protocol", reason, text: null, until: null });
    return;
  }
  making.setOwn({ phase: "working" });
  if (making.own.goesOn) return;
  const content = [{ type: "text", text: given.prompt() }];
  making.sayJson({ type: "user", session_id: "", parent_tool_use_id: null, message: { role: "user", content } });
}

function controlRequest(making: Making<ClaudeOwn>, said: Fields): void {
  const requestId = String(said.request_id);
  const request = fields(said.request);
  if (request.subtype === "hook_callback" && request.callback_id === HOOK) {
    const input = fields(request.input);
    const key = text(request.tool_use_id, 200) ?? text(input.tool_use_id, 200) ?? requestId;
    asked(making, toolQuestion(key, input.tool_name, input.tool_input, null, false), { requestId, via: "hook" });
  } else if (request.subtype === "can_use_tool") {
    const key = text(request.tool_use_id, 200) ?? requestId;
    const why = text(request.decision_reason, 500) ?? text(request.description, 500);
    if (decidedBefore(making, key, requestId, request)) return;
    asked(making, toolQuestion(key, request.tool_name, request.input, why, true), { requestId, via: "tool" });
  } else {
    respond(making, requestId, { error: `Steward does not answer ${text(request.subtype, 100)}` });
  }
}

/** Once each: what the hook was told holds for the same call, and for nothing else. */
function decidedBefore(making: Making<ClaudeOwn>, key: string, requestId: string, request: Fields): boolean {
  const decided = Object.hasOwn(making.own.decided, key) ? making.own.decided[key] : undefined;
  if (!decided || decided.what !== whatOf(request.tool_name, request.input)) return false;
  making.setOwn({ decided: without(making.own.decided, key) });
  const answer = { verdict: decided.verdict, note: null };
  respond(making, requestId, {
    response: toolAnswer(answer, { requestId, via: "tool", tool: "", input: request.input }),
  });
  return true;
}

/** Short, however long the input is: it is written down with each word of the dialogue. */
function whatOf(tool: unknown, input: unknown): string {
  return digestOf([tool ?? null, input ?? null]);
}

function asked(making: Making<ClaudeOwn>, question: Question, how: Pick<Open, "requestId" | "via">): void {
  making.setOwn({
    open: { ...making.own.open, [question.key]: { ...how, tool: question.tool, input: question.input } },
  });
  making.ask(question);
}

function cancelled(making: Making<ClaudeOwn>, requestId: string): void {
  for (const [key, open] of Object.entries(making.own.open)) {
    if (open.requestId !== requestId) continue;
    making.setOwn({ open: without(making.own.open, key) });
    making.withdraw(key);
  }
}

function limit(making: Making<ClaudeOwn>, info: Fields): void {
  const blocked = info.status === "rejected" && info.isUsingOverage !== true;
  const resets = momentOf(info.resetsAt);
  if (blocked) making.setOwn({ limitUntil: resets });
  making.tell({
    type: "limit",
    scope: text(info.rateLimitType, 100),
    blocked,
    resetsAt: iso(resets),
    usedPercent: typeof info.utilization === "number" ? Math.round(info.utilization * 100) : null,
  });
}

function result(making: Making<ClaudeOwn>, said: Fields): void {
  const total = totalOf(said);
  if (total) making.spent(total);
  making.end(endOf(said, making.own));
}

function answer(state: State, key: string, answer: Answer): Step<ClaudeOwn> {
  const making = new Making(state);
  const open = making.own.open[key];
  if (!open) return making.step();
  making.setOwn({ open: without(making.own.open, key) });
  making.answered(key);
  if (open.via === "hook" && answer.verdict !== "pass") {
    const decided = { verdict: answer.verdict, what: whatOf(open.tool, open.input) };
    making.setOwn({
      decided: Object.fromEntries([...Object.entries(making.own.decided), [key, decided]].slice(-MAX_DECIDED)),
    });
  }
  if (answer.verdict === "deny") making.setOwn({ denied: [...making.own.denied, key].slice(-MAX_DENIED) });
  respond(making, open.requestId, { response: open.via === "hook" ? hookAnswer(answer) : toolAnswer(answer, open) });
  return making.step();
}

function hookAnswer({ verdict, note }: Answer): object {
  if (verdict === "pass") return {};
  return decision(verdict, note);
}

function decision(verdict: string, note: string | null): object {
  const why = note === null ? {} : { permissionDecisionReason: note };
  return { hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: verdict, ...why } };
}

function toolAnswer({ verdict, note }: Answer, open: Open): object {
  if (verdict === "allow") return { behavior: "allow", updatedInput: open.input };
  return { behavior: "deny", message: note ?? "It may not." };
}

/**
 * Answered by its hook, the program ends its turn and keeps the call: a later run of the session is asked again. Of several
 * calls that one answer asked for it would keep only the last, so then it is not done.
 */
function defer(state: State, key: string): Step<ClaudeOwn> | undefined {
  const open = state.own.open[key];
  if (open?.via !== "hook" || Object.keys(state.own.open).length > 1 || state.own.message.calls > 1) return undefined;
  const making = new Making(state);
  making.setOwn({ open: {} });
  making.answered(key);
  respond(making, open.requestId, { response: decision("defer", null) });
  return making.step();
}

function interrupt(state: State): Step<ClaudeOwn> {
  const making = new Making(state);
  const interrupts = making.own.interrupts + 1;
  making.setOwn({ interrupts });
  making.sayJson({
    type: "control_request",
    request_id: `steward-interrupt-${interrupts}`,
    request: { subtype: "interrupt" },
  });
  return making.step();
}

function respond(making: Making<ClaudeOwn>, requestId: string, said: { response: object } | { error: string }): void {
  const subtype = "error" in said ? "error" : "success";
  making.sayJson({ type: "control_response", response: { subtype, request_id: requestId, ...said } });
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
