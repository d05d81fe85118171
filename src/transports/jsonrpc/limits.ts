/** What a client of the JSON-RPC socket may do, and what it is told when it does more. */
import { Refusal } from "../../core/refusal.ts";
import { STALL_MS } from "../stream/pump.ts";

export interface JsonRpcLimits {
  readonly clients: number;
  /** Who has come, or was answered, gives way to nobody for so long, in ms: else a crowd drops its own before they can ask. */
  readonly turnMs: number;
  readonly lineBytes: number;
  /** An unfinished line older than this ends the connection, in ms. */
  readonly lineMs: number;
  readonly batchRequests: number;
  /** Reading pauses while this many calls are in flight; the last batch read may pass it by its own length. */
  readonly callsInFlight: number;
  /** Streams that one client may have open. */
  readonly streams: number;
  /** A stream whose reader leaves what was sent unread for so long is ended, in ms. */
  readonly stallMs: number;
  /** Nothing more is read from a client that leaves this much unread, until it has read it, in bytes. */
  readonly behindBytes: number;
  /** The answers to one batch, in bytes: what would make them longer is not asked. */
  readonly batchAnswerBytes: number;
  /** How long a connection that is given up stays open for its last answers to be read, in ms. */
  readonly lingerMs: number;
}

export const JSONRPC_LIMITS: JsonRpcLimits = {
  lineBytes: 8 * 1024 * 1024,
  lineMs: 30_000,
  batchRequests: 1_000,
  callsInFlight: 64,
  streams: 16,
  stallMs: STALL_MS,
  behindBytes: 1024 * 1024,
  batchAnswerBytes: 8 * 1024 * 1024,
  lingerMs: 1_000,
  clients: 256,
  turnMs: 1_000,
};

export function tooLong(bytes: number): Refusal {
  return new Refusal("too_large", `A line takes up to ${bytes} bytes.`, { data: { limitBytes: bytes } });
}

export function answersTooLong(bytes: number): Refusal {
  const hint = "Ask for less in one batch.";
  return new Refusal("too_large", `The answers to one batch take up to ${bytes} bytes.`, {
    hint,
    data: { limitBytes: bytes },
  });
}

export function tooSlow(ms: number): Refusal {
  return new Refusal("too_large", `A line takes up to ${ms / 1000} s to arrive.`, { data: { limitMs: ms } });
}
