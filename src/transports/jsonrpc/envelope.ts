/** What a line on the socket says, and how answers are written: JSON-RPC 2.0, sections 4 to 6. */
import { isUtf8 } from "node:buffer";
import { Bug, UnknownOperation } from "../../core/operation.ts";
import { REFUSALS, Refusal, RPC } from "../../core/refusal.ts";

export type RequestId = string | number | null;

export interface Request {
  /** Absent: a notification, which is never answered, also not when it fails. */
  readonly id?: RequestId;
  readonly method: string;
  readonly params: unknown;
  /** The client's own name for what it asks: done once, however often it is asked. An extension of the protocol. */
  readonly requestId?: string;
  /** Open it as a stream: for operations that can be both. An extension of the protocol. */
  readonly stream?: boolean;
}

/** A request, or the answer to what is none. */
export type Entry = { readonly request: Request } | { readonly answer: string };

export type Message = { readonly single: Entry } | { readonly batch: readonly Entry[] };

export function parseMessage(line: Buffer, maxBatch: number): Message {
  let value: unknown;
  try {
    if (!isUtf8(line)) return { single: invalid(RPC.parseError, "This line is not valid UTF-8.") };
    value = JSON.parse(line.toString());
  } catch (error) {
    return { single: invalid(RPC.parseError, `This line is not JSON: ${(error as Error).message}`) };
  }
  if (!Array.isArray(value)) return { single: parseEntry(value) };
  if (value.length === 0) return { single: invalid(RPC.invalidRequest, "A batch needs at least one request.") };
  if (value.length > maxBatch) {
    const refusal = new Refusal("too_large", `A batch takes up to ${maxBatch} requests; this one has ${value.length}.`);
    return { single: { answer: errorAnswer(null, refusal) } };
  }
  return { batch: value.map(parseEntry) };
}

export function resultAnswer(id: RequestId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result) ?? "null"}}`;
}

export function errorAnswer(id: RequestId, error: Refusal | UnknownOperation | Bug): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: errorObject(error) });
}

export function errorObject(error: Refusal | UnknownOperation | Bug): object {
  const { message } = error;
  if (error instanceof UnknownOperation) return { code: RPC.methodNotFound, message };
  if (error instanceof Bug) return { code: RPC.internal, message, data: { id: error.id } };
  const { rpc, retry } = REFUSALS[error.code];
  return { code: error.number ?? rpc, message, data: { ...error.data, code: error.code, hint: error.hint, retry } };
}

function parseEntry(value: unknown): Entry {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalid(RPC.invalidRequest, "A request is an object.");
  }
  const { jsonrpc, id, method, params = {}, requestId, stream } = value as Record<string, unknown>;
  if (!isId(id)) return invalid(RPC.invalidRequest, "An id is a string, null, or a number of up to 2^53 - 1.");
  if (jsonrpc !== "2.0") return invalid(RPC.invalidRequest, 'A request says "jsonrpc": "2.0".', id);
  if (typeof method !== "string") return invalid(RPC.invalidRequest, "A request names its method, a string.", id);
  if (requestId !== undefined && typeof requestId !== "string") {
    return invalid(RPC.invalidRequest, "A requestId is a string.", id);
  }
  if (stream !== undefined && typeof stream !== "boolean") {
    return invalid(RPC.invalidRequest, "stream is true or false.", id);
  }
  if (typeof params === "object" && params !== null && !Array.isArray(params)) {
    const extras = { ...(requestId !== undefined && { requestId }), ...(stream === true && { stream }) };
    return { request: { ...(id !== undefined && { id }), method, params, ...extras } };
  }
  // A notification gets no answer even to this; the empty text is never written.
  if (id === undefined) return { answer: "" };
  const hint = 'Pass parameters by name, as an object: {"prompt": "…"}.';
  return { answer: errorAnswer(id, new Refusal("invalid_input", "params is not an object.", { hint })) };
}

function isId(id: unknown): id is RequestId | undefined {
  if (typeof id !== "number") return id === undefined || id === null || typeof id === "string";
  // A larger one has lost its last digits and would come back as another. Of 1e999 nothing is left.
  return Math.abs(id) <= Number.MAX_SAFE_INTEGER;
}

function invalid(code: number, message: string, id: RequestId = null): Entry {
  return { answer: JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } }) };
}
