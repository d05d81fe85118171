/** What an agent says to its bridge: which lines want an answer, and under which name a call is done once. */
import { REQUEST_ID_META_KEY } from "./bridge-words.ts";

export type Id = string | number;

export type Message =
  /** `line` is what is said to the daemon; `again` is there of a handshake: how it is said to the next one. */
  | { readonly kind: "request"; readonly id: Id; readonly line: string; readonly again?: string }
  | { readonly kind: "initialized" }
  | { readonly kind: "cancelled"; readonly id: Id }
  | { readonly kind: "other" }
  | { readonly kind: "none"; readonly isJson: boolean; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;

export function read(text: string, newName: () => string, againId: string): Message {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return understood(value, text, newName, againId);
    return { kind: "none", isJson: true, why: "This is no request, notification or answer of JSON-RPC 2.0." };
  } catch (error) {
    // Also of what is nested deeper than can be written again.
    return { kind: "none", isJson: false, why: `This line cannot be read: ${(error as Error).message}` };
  }
}

function understood(message: Fields, text: string, newName: () => string, againId: string): Message {
  const { id, method, params } = message;
  if (method === "notifications/initialized") return { kind: "initialized" };
  if (method === "notifications/cancelled" && isFields(params) && isId(params.requestId)) {
    return { kind: "cancelled", id: params.requestId };
  }
  if (typeof method !== "string" || !isId(id)) return { kind: "other" };
  if (method === "initialize") {
    return { kind: "request", id, line: text, again: JSON.stringify({ ...message, id: againId }) };
  }
  const line = method === "tools/call" && isFields(params) ? named(message, params, newName) : undefined;
  return { kind: "request", id, line: line ?? text };
}

/** Undefined: it has a name already, or is no call that could have one. */
function named(message: Fields, params: Fields, newName: () => string): string | undefined {
  const { _meta: meta = {} } = params;
  if (!isFields(meta) || REQUEST_ID_META_KEY in meta) return undefined;
  return JSON.stringify({ ...message, params: { ...params, _meta: { ...meta, [REQUEST_ID_META_KEY]: newName() } } });
}

/** Another one could not be told again in the answer. */
function isId(value: unknown): value is Id {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
