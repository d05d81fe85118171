/** What Claude Code says while it works, as news: its messages, the results of its tools, and what its system lines tell. */
import type { Making } from "../conversation.ts";
import { type Fields, fields, inputForEvent, isFields, list, number, outputText, text } from "../json-line.ts";
import type { ClaudeOwn } from "./own.ts";

export function tellSystem(making: Making<ClaudeOwn>, said: Fields): void {
  if (said.subtype === "init") started(making, said);
  else if (said.subtype === "api_retry") retrying(making, said);
  else if (said.subtype === "permission_denied") denied(making, said);
}

function retrying(making: Making<ClaudeOwn>, said: Fields): void {
  const [status, error] = [number(said.error_status), text(said.error, 200)];
  making.tell({
    type: "retrying",
    attempt: number(said.attempt),
    afterMs: number(said.retry_delay_ms),
    reason: [status, error].filter((part) => part !== null).join(" ") || "error",
  });
}

function denied(making: Making<ClaudeOwn>, said: Fields): void {
  making.tell({
    ...{ type: "tool", callId: text(said.tool_use_id, 200) ?? "", name: text(said.tool_name, 200) ?? "" },
    ...{ input: null, state: "denied", output: outputText(said.message) },
  });
}

/** Each turn begins with one; only a new conversation is news. */
function started(making: Making<ClaudeOwn>, said: Fields): void {
  const session = text(said.session_id, 200);
  const [model, version] = [text(said.model, 200), text(said.claude_code_version, 100)];
  const isNew = making.state.model === null || session !== making.state.session;
  making.set({ session, model, version });
  if (isNew) making.tell({ type: "started", session, model, version });
}

export function tellMessage(making: Making<ClaudeOwn>, said: Fields): void {
  const message = fields(said.message);
  countCalls(making, text(message.id, 200), list(message.content));
  if (typeof said.error === "string") making.setOwn({ apiError: text(said.error, 100) });
  for (const part of list(message.content)) {
    if (!isFields(part)) continue;
    if (part.type === "text") tellText(making, said, part);
    if (part.type === "thinking") tellIfAny(making, "thought", part.thinking);
    if (part.type !== "tool_use") continue;
    making.tell({
      ...{ type: "tool", callId: text(part.id, 200) ?? "", name: text(part.name, 200) ?? "" },
      ...{ input: inputForEvent(part.input), state: "running", output: null },
    });
  }
}

/** Each part of an answer comes on a line of its own. */
function countCalls(making: Making<ClaudeOwn>, id: string | null, parts: readonly unknown[]): void {
  const calls = parts.filter((part) => isFields(part) && part.type === "tool_use").length;
  const before = making.own.message.id === id ? making.own.message.calls : 0;
  making.setOwn({ message: { id, calls: before + calls } });
}

/** What stands in the place of an answer when the model gave none is an error, not something that the agent says. */
function tellText(making: Making<ClaudeOwn>, said: Fields, part: Fields): void {
  if (typeof said.error !== "string") tellIfAny(making, "text", part.text);
  else making.tell({ type: "error", message: text(part.text, 2_000) ?? said.error });
}

function tellIfAny(making: Making<ClaudeOwn>, type: "text" | "thought", value: unknown): void {
  const found = text(value);
  if (found !== null) making.tell({ type, text: found });
}

export function tellUser(making: Making<ClaudeOwn>, said: Fields): void {
  for (const part of list(fields(said.message).content)) {
    if (!isFields(part) || part.type !== "tool_result") continue;
    const callId = text(part.tool_use_id, 200) ?? "";
    const state = making.own.denied.includes(callId) ? "denied" : part.is_error === true ? "failed" : "completed";
    making.tell({ type: "tool", callId, name: "", input: null, state, output: outputText(contentText(part.content)) });
  }
}

function contentText(content: unknown): string | null {
  if (typeof content === "string") return content;
  const parts = list(content).flatMap((part) => (isFields(part) && typeof part.text === "string" ? [part.text] : []));
  return parts.length === 0 ? null : parts.join("\n");
}
