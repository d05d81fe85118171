/** What MCP over HTTP is given, what it may cost, and what it gives. */
import type { Lapse } from "../../access/lapse.ts";
import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Operation, Ports } from "../../core/operation.ts";
import { STALL_MS } from "../stream/pump.ts";
import type { Unread } from "../unread.ts";

export interface McpHttpLimits {
  readonly bodyBytes: number;
  /** Sessions at once. When there are more, the one that was idle for longest goes. */
  readonly sessions: number;
  /** A session that was not used for so long is closed, in ms. */
  readonly sessionIdleMs: number;
  readonly callsInFlight: number;
  /** Streams of changes that are open at once, of clients that have no session. */
  readonly listeners: number;
  /** What a reader may leave unread before it is dropped, in bytes, and for how long, in ms. */
  readonly unreadBytes: number;
  readonly stallMs: number;
  /** What is kept of a session for a reader that was cut off, in bytes. */
  readonly replayBytes: number;
}

export const MCP_HTTP_LIMITS: McpHttpLimits = {
  bodyBytes: 8 * 1024 * 1024,
  sessions: 64,
  sessionIdleMs: 30 * 60_000,
  callsInFlight: 64,
  listeners: 128,
  unreadBytes: 8 * 1024 * 1024,
  stallMs: STALL_MS,
  replayBytes: 256 * 1024,
};

export interface McpDoorOptions {
  readonly operations: readonly Operation[];
  readonly ports: Ports;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  readonly limits?: Partial<McpHttpLimits>;
  /** What all clients leave unread. */
  readonly unread: Unread;
  /** Names under which this server may be addressed, without port. Default: those of loopback. */
  readonly hosts?: () => readonly string[];
}

export interface McpDoor {
  /** Answers one request of a reader that was authenticated before. Never rejects. Its streams end when the token lapses. */
  handle(request: Request, actor: Actor, lapse: Lapse): Promise<Response>;
  close(): Promise<void>;
}
