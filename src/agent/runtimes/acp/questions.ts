/** What an agent asks to be allowed (`session/request_permission`), as a question; and its answer, chosen by kind. */
import type { Answer, Question } from "../dialogue.ts";
import { type Fields, fields, isFields, list, text } from "../json-line.ts";
import { askedInput, isSaid, isShown, MAX_CALL_ID, merged, nameOf, pathsOf, whyOf } from "./call-fields.ts";
import { knownAgent } from "./known-agents.ts";
import { saySelected } from "./rpc.ts";
import { type AcpMaking, at, type Open, type RpcId, without } from "./state.ts";
import { rememberCall, tellRunning, toldSoFar } from "./tool-calls.ts";
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
  const told = toldSoFar(before, call);
  const known = told ?? merged({}, call);
  tellRunning(making, callId, known);
  // A call may be asked for more than once, each time for something else.
  const times = (before?.asked ?? 0) + 1;
  rememberCall(making, callId, { asked: times, told });
  const key = times === 1 ? callId : `${callId}#${times}`;
  const name = before?.name || nameOf(known);
  const question = questionOf(key, { name, call, known, program: making.own.program });
  const open: Open = {
    ...{ id, callId, title: question.title ?? question.tool, name: question.tool },
    ...{ allow: optionOf(options, "allow_once"), reject: optionOf(options, "reject_once") },
  };
  const whyNot = whyUnseen(call, told);
  if (whyNot !== null) {
    denied(making, open, whyNot);
    return;
  }
  making.setOwn({ open: { ...making.own.open, [key]: open } });
  making.ask(question);
}

/** Nobody is asked to allow what nobody can see. Null: there is something to be seen. */
function whyUnseen(call: Fields, told: Fields | null): string | null {
  if (isSaid(call.rawInput) || isShown(call)) return null;
  if (told === null)
    return "It was told at a length that is not remembered, and asked for without saying what it would do.";
  const { kind, title, rawInput, locations } = told;
  // That a command is run somewhere does not tell which one.
  const isPlace = isSaid(locations) && ["read", "edit"].includes(at(KINDS, String(kind)) ?? "");
  if (isPlace || isSaid(rawInput) || isShown(told) || isSaid(title)) return null;
  return "It was asked for without saying what it would do: nobody could see what to allow.";
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
  /** With what was told of it before. */
  readonly known: Fields;
  readonly program: string;
}

function questionOf(key: string, { name, call, known, program }: Asking): Question {
  const { ours, toolName } = knownAgent(program);
  const isOurs = isNamed(known) && ours?.test((toolName ? toolName(call) : name) ?? "") === true;
  const kind = isOurs ? "steward" : (at(KINDS, String(known.kind)) ?? "other");
  return {
    ...{ key, tool: name, input: askedInput(call, known), kind, title: text(known.title, 500), why: whyOf(known) },
    ...{ insists: true, paths: kind === "edit" ? pathsOf(known) : [] },
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
