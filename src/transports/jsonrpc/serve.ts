/** JSON-RPC 2.0 on a unix socket, one message a line: a projection of `call` for clients on this machine. */
import { createServer, type Socket } from "node:net";
import type { Actor } from "../../core/actor.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Ports } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";
import { listenAt } from "../listen-at.ts";
import type { Unread } from "../unread.ts";
import { JsonRpcConnection } from "./connection.ts";
import { errorAnswer } from "./envelope.ts";
import { byFirstLine, type OtherProtocol, type Served } from "./first-line.ts";
import { JSONRPC_LIMITS, type JsonRpcLimits } from "./limits.ts";

export interface JsonRpcServer {
  /** Bounded by the linger, whatever clients do. */
  close(): Promise<void>;
  clients(): number;
  /** See `PathTaken.keep`. */
  keepPath(): Promise<boolean>;
}

export async function serveJsonRpc(options: {
  readonly path: string;
  readonly ports: Ports;
  readonly actor: Actor;
  readonly limits?: Partial<JsonRpcLimits>;
  readonly clock?: Clock;
  readonly log: Log;
  /** What all clients leave unread. */
  readonly unread: Unread;
  /** Spoken on the same socket with those who say so. */
  readonly other?: OtherProtocol;
}): Promise<JsonRpcServer> {
  const limits = { ...JSONRPC_LIMITS, ...options.limits };
  const context = { ...options, limits, clock: options.clock ?? systemClock };
  const connections = new Set<Served>();
  const jsonRpc = (socket: Socket) => new JsonRpcConnection(socket, context);
  const { other } = options;
  const serve = other ? (socket: Socket) => byFirstLine(socket, { other, jsonRpc, ...context }) : jsonRpc;
  const accept = (socket: Socket) => {
    if (connections.size >= limits.clients && !makeRoom(connections)) return turnAway(socket, limits.clients);
    const connection = serve(socket);
    connections.add(connection);
    const held = { unreadBytes: () => socket.writableLength, letGo: () => socket.destroy() };
    socket.on("drain", options.unread.read).once("close", options.unread.hold(held));
    socket.once("close", () => connections.delete(connection));
  };
  const server = createServer({ allowHalfOpen: true }, accept);
  const path = await listenAt(server, options.path);
  server.on("error", (error) => options.log.error("the socket failed", { path: options.path, error }));
  return {
    clients: () => connections.size,
    keepPath: path.keep,
    async close() {
      path.leave();
      server.close();
      await Promise.all([...connections].map((connection) => connection.close()));
    },
  };
}

/** Drops whoever has asked nothing for longest. False when everybody waits for an answer, or may be about to ask. */
function makeRoom(connections: Set<Served>): boolean {
  let idlest: { connection: Served; since: number } | undefined;
  for (const connection of connections) {
    const since = connection.idleSince();
    if (since !== undefined && since < (idlest?.since ?? Number.POSITIVE_INFINITY)) idlest = { connection, since };
  }
  if (!idlest) return false;
  idlest.connection.drop();
  connections.delete(idlest.connection);
  return true;
}

function turnAway(socket: Socket, clients: number): void {
  const hint = "Close a connection, or try again in a moment.";
  socket.on("error", () => {});
  socket.write(`${errorAnswer(null, new Refusal("unavailable", `All ${clients} clients are busy.`, { hint }))}\n`);
  socket.destroySoon();
}
