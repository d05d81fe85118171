/** What an agent does (`tool_call`, `tool_call_update`), as news: once when it begins, once when it is over. */
import { type Fields, inputForEvent, outputText, text } from "../json-line.ts";
import { inputOf, MAX_CALL_ID, merged, nameOf, outputOf } from "./call-fields.ts";
import { knownAgent } from "./known-agents.ts";
import { type AcpMaking, at, type Call, without } from "./state.ts";
import { endWord } from "./words.ts";

/** Most calls that are remembered while they go on. */
const MAX_CALLS = 200;

/** Most that is remembered of what all of them together would do, in characters of JSON. */
const MAX_TOLD = 128 * 1024;

const UNKNOWN: Call = { name: "", isTold: false, asked: 0, wasDenied: false, told: {} };

export function toldOfCall(making: AcpMaking, update: Fields): void {
  const callId = text(update.toolCallId, MAX_CALL_ID);
  if (callId === null) return;
  const before = at(making.own.calls, callId);
  const isNew = before === undefined;
  if (isNew) {
    endWord(making);
    making.setOwn({ denial: null, hasActed: true, errorSaid: null });
  }
  const name = before?.name || (isBare(update) ? "" : nameOf(update));
  const told = toldSoFar(before, update);
  rememberCall(making, callId, { name, told });
  const isOver = update.status === "completed" || update.status === "failed";
  // Of a call that began in an earlier run only the end is told.
  const isRunning =
    isNew && isBare(update) ? false : update.status === "in_progress" || isOver || startsPending(making, update);
  if (isRunning) tellRunning(making, callId, told ?? update);
  if (isOver) tellOver(making, callId, update);
}

/** An update that only tells how far it is. */
function isBare({ kind, title }: Fields): boolean {
  return kind === undefined && title === undefined;
}

function startsPending({ own }: AcpMaking, { sessionUpdate, status }: Fields): boolean {
  return knownAgent(own.program).startsPending === true && sessionUpdate === "tool_call" && status === "pending";
}

export function tellRunning(making: AcpMaking, callId: string, call: Fields): void {
  const before = at(making.own.calls, callId);
  if (before?.isTold) return;
  const name = before?.name || nameOf(call);
  rememberCall(making, callId, { name, isTold: true });
  making.setOwn({ hasActed: true });
  making.tell({ type: "tool", callId, name, input: inputForEvent(inputOf(call)), state: "running", output: null });
}

function tellOver(making: AcpMaking, callId: string, update: Fields): void {
  const call = at(making.own.calls, callId) ?? UNKNOWN;
  making.setOwn({ calls: without(making.own.calls, callId) });
  // That it was denied was told when it was.
  if (call.wasDenied) return;
  const state = update.status === "completed" ? "completed" : "failed";
  making.tell({ type: "tool", callId, name: call.name, input: null, state, output: outputText(outputOf(update)) });
}

export function rememberCall(making: AcpMaking, callId: string, change: Partial<Call>): void {
  const { calls } = making.own;
  const call = { ...(at(calls, callId) ?? UNKNOWN), ...change };
  const kept = Object.entries(without(calls, callId)).slice(1 - MAX_CALLS);
  making.setOwn({ calls: Object.fromEntries(withinTold([...kept, [callId, call]])) });
}

/** Once too long, it stays so: a part of it would be taken for the whole. */
export function toldSoFar(before: Call | undefined, call: Fields): Fields | null {
  return before?.told === null ? null : merged(before?.told ?? {}, call);
}

/** What the last ones would do is kept rather than what the first would. */
function withinTold(calls: readonly (readonly [string, Call])[]): (readonly [string, Call])[] {
  let left = MAX_TOLD;
  const kept = calls.toReversed().map(([callId, call]) => {
    const length = JSON.stringify(call.told ?? null).length;
    if (length > left) return [callId, { ...call, told: null }] as const;
    left -= length;
    return [callId, call] as const;
  });
  return kept.reverse();
}
