/** What a client of the HTTP door may do. Times in ms. */
import { STALL_MS } from "../stream/pump.ts";

export interface HttpLimits {
  /** Connections at once, of all clients; one address has at most three quarters of them. */
  readonly clients: number;
  readonly bodyBytes: number;
  /** Request line and headers together. */
  readonly headerBytes: number;
  readonly urlBytes: number;
  /** Requests that a connection may have sent before it has read their answers; more cost it. */
  readonly pipelined: number;
  /** Until the headers of a request must be there. */
  readonly headersMs: number;
  /** Until a request must be there whole. */
  readonly requestMs: number;
  /** How long a connection without a request is kept. */
  readonly keepAliveMs: number;
  /** A connection on which nothing moves for so long is closed; longer than any operation waits. */
  readonly silenceMs: number;
  /** How often these times are looked at. */
  readonly checkMs: number;
  /** Requests of one address a second, and at once. */
  readonly requestsPerSecond: number;
  readonly requestsAtOnce: number;
  /** Wrong tokens of one address until it is locked out. */
  readonly wrongTokens: number;
  /** After so long a wrong token is forgotten. */
  readonly wrongTokenMs: number;
  readonly lockoutMs: number;
  /** Addresses that are remembered. */
  readonly addresses: number;
  /** Streams that one address may have open. */
  readonly streamsPerAddress: number;
  readonly streamBufferBytes: number;
  readonly heartbeatMs: number;
  readonly stallMs: number;
  /** How long what is closed stays open for its last answers to be read. */
  readonly lingerMs: number;
  /** How long the store may take to say that it is well. */
  readonly healthMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  clients: 256,
  bodyBytes: 8 * 1024 * 1024,
  headerBytes: 16 * 1024,
  urlBytes: 8 * 1024,
  pipelined: 32,
  headersMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 10_000,
  silenceMs: 120_000,
  checkMs: 1_000,
  requestsPerSecond: 5_000,
  requestsAtOnce: 10_000,
  wrongTokens: 10,
  wrongTokenMs: 60_000,
  lockoutMs: 60_000,
  addresses: 10_000,
  streamsPerAddress: 128,
  streamBufferBytes: 64 * 1024,
  heartbeatMs: 15_000,
  stallMs: STALL_MS,
  lingerMs: 1_000,
  healthMs: 2_000,
};

/** So that one address does not keep all others out. */
export function connectionsPerAddress({ clients }: HttpLimits): number {
  return Math.max(1, Math.floor((clients * 3) / 4));
}
