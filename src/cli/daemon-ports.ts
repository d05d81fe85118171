/** The daemon's operations over its socket, as other code calls them inside of it: refusals are refusals, streams are streams. */
import { connect } from "node:net";
import type { Actor } from "../core/actor.ts";
import { Bug, type CallPort, UnknownOperation } from "../core/operation.ts";
import { REFUSALS, Refusal, type RefusalCode, RPC } from "../core/refusal.ts";
import type { StreamPart } from "../core/stream.ts";
import { linesOf } from "../transports/jsonrpc/lines.ts";
import { closedFailure, connectionFailure, foreignFailure } from "./client.ts";
import type { ErrorObject, Failure } from "./failure.ts";

/** A longer answer is not gathered, in bytes. */
const ANSWER_BYTES = 64 * 1024 * 1024;

export interface DaemonPorts {
  /** The actor is whom the socket lets in: the owner. */
  readonly call: CallPort;
  readonly stream: (operation: string, input: object, signal: AbortSignal) => Promise<AsyncIterable<StreamPart>>;
}

interface Message {
  readonly id?: number | null;
  readonly result?: unknown;
  readonly error?: ErrorObject;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
}

/** One connection for each call: a restart of the daemon costs only what is in flight, and closing it cancels the call. */
export function daemonPorts(path: string): DaemonPorts {
  return {
    async call(operation, input, _actor: Actor, { signal, requestId } = {}) {
      const request = { method: operation, params: input, ...(requestId !== undefined && { requestId }) };
      for await (const message of conversation(path, request, signal)) return resultOf(operation, message);
      throw asRefusal(operation, closedFailure().error);
    },
    async stream(operation, input, signal) {
      const messages = conversation(path, { method: operation, params: input, stream: true }, signal);
      const opened = await messages.next();
      if (opened.done) throw asRefusal(operation, closedFailure().error);
      resultOf(operation, opened.value);
      return partsOf(operation, messages);
    },
  };
}

async function* partsOf(operation: string, messages: AsyncIterable<Message>): AsyncGenerator<StreamPart> {
  for await (const { method, params = {} } of messages) {
    const { stream: _name, error, ...part } = params;
    if (method !== "stream.ended") yield part as unknown as StreamPart;
    else if (error) throw asRefusal(operation, error as ErrorObject);
    else return;
  }
}

async function* conversation(path: string, request: object, signal?: AbortSignal): AsyncGenerator<Message> {
  const strangers = foreignFailure(path);
  if (strangers) throw asRefusal("", strangers.error);
  const socket = connect(path);
  const abort = () => socket.destroy();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  socket.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, ...request })}\n`);
  try {
    for await (const line of linesOf(socket, ANSWER_BYTES)) yield parsed(line);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw asRefusal("", failureOf(error, path).error);
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

function parsed(line: Buffer | "too long"): Message {
  if (line === "too long") throw new Refusal("too_large", "The answer is too long.", { hint: "Ask for less at once." });
  try {
    return JSON.parse(line.toString());
  } catch {
    throw new Refusal("unavailable", "What answers at the socket is no daemon of Steward.");
  }
}

function failureOf(error: unknown, path: string): Failure {
  const { code } = error as NodeJS.ErrnoException;
  // Destroyed by us, because the caller is gone.
  return code === "ERR_STREAM_PREMATURE_CLOSE" ? closedFailure() : connectionFailure(error as Error, path);
}

function resultOf(operation: string, { result, error }: Message): unknown {
  if (error) throw asRefusal(operation, error);
  return result;
}

function asRefusal(operation: string, { code: number, message, data = {} }: ErrorObject): Error {
  if (number === RPC.methodNotFound) return new UnknownOperation(operation);
  if (number === RPC.internal) return Object.assign(new Bug(String(data.id), undefined), { message });
  const { code, hint, retry: _retry, ...more } = data;
  const known = typeof code === "string" && Object.hasOwn(REFUSALS, code) ? (code as RefusalCode) : "unavailable";
  return new Refusal(known, message, {
    ...(typeof hint === "string" && { hint }),
    ...(Object.keys(more).length > 0 && { data: more }),
  });
}
