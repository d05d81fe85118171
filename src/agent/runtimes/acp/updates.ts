/** What an agent tells while it works (`session/update`), as news. What is only for screens is passed over. */
import { type Fields, fields, text } from "../json-line.ts";
import { knownAgent } from "./known-agents.ts";
import { type AcpMaking, at } from "./state.ts";
import { toldOfCall } from "./tool-calls.ts";
import { answerSpent, costTold } from "./usage.ts";
import { addWords, endWord } from "./words.ts";

/** Longest piece of what it says, in characters. */
const MAX_PIECE = 64 * 1024;

export function updated(making: AcpMaking, update: Fields): void {
  if (making.own.isReplaying && !endsReplay(making, update)) return;
  // Before there is a prompt it can only tell of what is over.
  if (making.own.phase !== "working") return;
  at(TOLD, String(update.sessionUpdate))?.(making, update);
}

const TOLD: Readonly<Record<string, (making: AcpMaking, update: Fields) => void>> = {
  agent_message_chunk: (making, update) => chunk(making, "text", update),
  agent_thought_chunk: (making, update) => chunk(making, "thought", update),
  tool_call: toldOfCall,
  tool_call_update: toldOfCall,
  usage_update: (making, update) => costTold(making, fields(update.cost)),
};

/** The word that its replay ends with, or what only happens now. */
function endsReplay(making: AcpMaking, { sessionUpdate, status }: Fields): boolean {
  const isNow = sessionUpdate === "tool_call" && (status === "in_progress" || status === "pending");
  const isLast = sessionUpdate === knownAgent(making.own.program).replayEndsWith;
  const isOver = making.own.phase === "working" && (isLast || isNow);
  if (isOver) making.setOwn({ isReplaying: false });
  return isOver;
}

function chunk(making: AcpMaking, kind: "text" | "thought", update: Fields): void {
  answerSpent(making, fields(update._meta));
  const { type, text: piece } = fields(update.content);
  const found = type === "text" ? text(piece, MAX_PIECE) : null;
  if (found === null) return;
  const { notice, errorText } = knownAgent(making.own.program);
  if (errorText?.test(found)) tellError(making, text(found.replace(errorText, "").trim(), 2_000) ?? found);
  else if (notice?.test(found)) tellNotice(making, text(found.replace(notice, "").trim(), 500) ?? found);
  else addWords(making, kind, found, text(update.messageId, 200));
}

/** It is the end of the turn, unless something follows. */
function tellError(making: AcpMaking, message: string): void {
  endWord(making);
  making.setOwn({ errorSaid: message });
  making.tell({ type: "error", message });
}

function tellNotice(making: AcpMaking, reason: string): void {
  endWord(making);
  if (/retry/i.test(reason)) making.tell({ type: "retrying", attempt: null, afterMs: null, reason });
}
