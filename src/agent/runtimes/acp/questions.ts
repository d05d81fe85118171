/** What an agent asks to be allowed (`session/request_permission`), as a question; and its answer, chosen by kind. */
import type { Answer, Question } from "../dialogue.ts";
import { type Fields, fields, isFields, list, text } from "../json-line.ts";
import { inputOf, MAX_CALL_ID, nameOf, pathsOf, whyOf } from "./call-fields.ts";
import { knownAgent } from "./known-agents.ts";
import { saySelected } from "./rpc.ts";
import { type AcpMaking, at, type Open, type RpcId, without } from "./state.ts";
import { rememberCall, tellRunning } from "./tool-calls.ts";
import { endWord } from "./words.ts";

const KINDS: Readonly<Record<string, Question["kind"]>> = {
  read: "read",
  search: "read",
  think: "read",
  edit: "edit",
  delete: "edit",
  execute: "execute",
};

export function asked(making: AcpMaking, id: RpcId, params: Fields): void {
  const call = fields(params.toolCall);
  const callId = text(call.toolCallId, MAX_CALL_ID) ?? `question-${id}`;
  const options = list(params.options).filter(isFields);
  if (making.own.wasInterrupted) {
    saySelected(making, id, null);
    return;
  }
  const before = at(making.own.calls, callId);
  endWord(making);
  if (!before) making.setOwn({ denial: null });
  tellRunning(making, callId, call);
  // A call may be asked for more than once, each time for something else.
  const times = (before?.asked ?? 0) + 1;
  rememberCall(making, callId, { asked: times });
  const key = times === 1 ? callId : `${callId}#${times}`;
  const name = before?.name || nameOf(call);
  const question = questionOf(key, { name, call, program: making.own.program });
  const open: Open = {
    ...{ id, callId, title: question.title ?? question.tool, name: question.tool },
    ...{ allow: optionOf(options, "allow_once"), reject: optionOf(options, "reject_once") },
  };
  making.setOwn({ open: { ...making.own.open, [key]: open } });
  making.ask(question);
}

/** Longest id of an option that is remembered, in characters. */
const MAX_OPTION_ID = 500;

/** By kind: names and ids are the agent's own. What would hold for longer than this once is never chosen. */
function optionOf(options: readonly Fields[], kind: string): string | null {
  const option = options.find((other) => other.kind === kind);
  return typeof option?.optionId === "string" && option.optionId.length <= MAX_OPTION_ID ? option.optionId : null;
}

interface Asking {
  /** As the call was named when it was first told of: that is the tool's name where there is one. */
  readonly name: string;
  readonly call: Fields;
  readonly program: string;
}

export function questionOf(key: string, { name, call, program }: Asking): Question {
  const isOurs = isNamed(call) && knownAgent(program).ours?.test(name) === true;
  const kind = isOurs ? "steward" : (at(KINDS, String(call.kind)) ?? "other");
  return {
    ...{ key, tool: name, input: inputOf(call), kind, title: text(call.title, 500), why: whyOf(call), insists: true },
    paths: kind === "edit" ? pathsOf(call) : [],
  };
}

/** What a command is called may be the model's own words; a tool of a server has its name. */
function isNamed({ kind }: Fields): boolean {
  return kind === "other" || kind === undefined;
}

export function answerOpen(making: AcpMaking, key: string, { verdict, note }: Answer): void {
  const open = at(making.own.open, key);
  if (!open) return;
  making.setOwn({ open: without(making.own.open, key) });
  making.answered(key);
  if (verdict !== "deny" && open.allow !== null) saySelected(making, open.id, open.allow);
  else denied(making, open, verdict === "deny" ? note : "It can only be allowed for good, and that is not done.");
}

function denied(making: AcpMaking, open: Open, why: string | null): void {
  saySelected(making, open.id, open.reject);
  rememberCall(making, open.callId, { wasDenied: true });
  making.setOwn({ denial: { title: open.title, note: text(why, 2_000) } });
  making.tell({
    type: "tool",
    callId: open.callId,
    name: open.name,
    input: null,
    state: "denied",
    output: text(why, 500),
  });
}

/** The protocol wants each open question answered when its turn is cancelled. */
export function cancelOpen(making: AcpMaking): void {
  for (const [key, { id }] of Object.entries(making.own.open)) {
    saySelected(making, id, null);
    making.withdraw(key);
  }
  making.setOwn({ open: {} });
}
