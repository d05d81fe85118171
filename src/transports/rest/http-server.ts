/** Node's HTTP server within our limits. What its parser refuses is answered as everything else is, and costs that connection. */
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Refusal } from "../../core/refusal.ts";
import type { Unread } from "../unread.ts";
import { addressKey, type IsTrusted, LOCAL } from "./client-address.ts";
import { connectionsPerAddress, type HttpLimits } from "./limits.ts";
import { HttpRefusal, problemAnswer } from "./problem.ts";
import type { TlsPair } from "./tls.ts";

export interface HttpServerOptions {
  readonly limits: HttpLimits;
  readonly tls?: TlsPair | undefined;
  /** Behind a proxy stand many: it may have all connections. */
  readonly isTrusted: IsTrusted;
  readonly listener: RequestListener;
  /** What all clients leave unread. */
  readonly unread: Unread;
}

export async function createHttpServer(given: HttpServerOptions): Promise<Server> {
  const { limits, tls, isTrusted } = given;
  const listener = withinBounds(given);
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
    // Refused by our guard, in words.
    requireHostHeader: false,
  };
  const server = tls
    ? (await import("node:https")).createServer({ ...options, ...tls, handshakeTimeout: limits.headersMs }, listener)
    : createServer(options, listener);
  server.timeout = limits.silenceMs;
  countConnections(server, limits, isTrusted, tls !== undefined);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) =>
    turnAway(socket, parserRefusal(error, limits), limits),
  );
  // What is expected of us beside answering is not promised; the answer comes without it.
  server.on("checkExpectation", listener);
  server.on("connect", (_, socket) => {
    const details = { status: 405, headers: { allow: "GET, HEAD, POST, PATCH, DELETE, OPTIONS" } };
    turnAway(socket, new HttpRefusal("invalid_input", "This is no proxy.", details), limits);
  });
  return server;
}

/** One answer after the other on each connection, and all that stay unread are counted. */
function withinBounds({ listener, limits, unread }: HttpServerOptions): RequestListener {
  const underWay = new WeakMap<Socket, ServerResponse[]>();
  return async (request, response) => {
    const { socket } = request;
    // The parser goes on with what it has, also when nobody is there any more.
    if (socket.destroyed) return;
    const responses = underWay.get(socket) ?? [];
    if (!underWay.has(socket)) {
      underWay.set(socket, responses);
      const holdNoMore = unread.hold({ unreadBytes: () => socket.writableLength, letGo: () => socket.destroy() });
      socket.on("drain", unread.read).once("close", holdNoMore);
    }
    const before = responses.at(-1);
    responses.push(response);
    // A word about it would stand behind all that it does not read.
    if (responses.length > limits.pipelined) return void socket.destroy();
    response.once("prefinish", unread.written).once("close", () => {
      responses.shift();
      unread.read();
    });
    if (before) await new Promise((resolve) => before.once("close", resolve));
    await listener(request, response);
  };
}

function countConnections(server: Server, limits: HttpLimits, isTrusted: IsTrusted, isTls: boolean): void {
  const byAddress = new Map<string, number>();
  const perAddress = connectionsPerAddress(limits);
  let all = 0;
  server.on("connection", (socket: Socket) => {
    const { remoteAddress } = socket;
    const address = remoteAddress === undefined ? LOCAL : addressKey(remoteAddress);
    const ofAddress = (byAddress.get(address) ?? 0) + 1;
    byAddress.set(address, ofAddress);
    all += 1;
    socket.once("close", () => {
      all -= 1;
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
    const isTooMany = remoteAddress !== undefined && !isTrusted(remoteAddress) && ofAddress > perAddress;
    if (all <= limits.clients && !isTooMany) return;
    if (all > limits.clients) server.closeIdleConnections();
    // Words are for those who do not wait for a handshake first.
    if (isTls) socket.destroy();
    else turnAway(socket, taken(), limits);
  });
}

function taken(): Refusal {
  return new Refusal("unavailable", "All connections are taken.", { hint: "Close one, or try again in a moment." });
}

function parserRefusal({ code, message }: NodeJS.ErrnoException, limits: HttpLimits): Refusal {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new HttpRefusal("too_large", `Request line and headers take up to ${limits.headerBytes} bytes.`, {
        status: 431,
        data: { limitBytes: limits.headerBytes },
      });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new HttpRefusal("too_large", "The extensions of a chunk are too long.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpRefusal("too_large", `A request has ${limits.requestMs / 1000} s to arrive.`, {
        status: 408,
        hint: `Its headers have ${limits.headersMs / 1000} s.`,
      });
    default:
      return new Refusal("invalid_input", `This is no HTTP request: ${message}.`);
  }
}

/** What is being answered on it, as Node keeps it; there is no other way to ask. */
type HttpSocket = Duplex & { readonly _httpMessage?: { readonly headersSent: boolean } | null };

/** The last words on a connection, where there is no request that they could answer. */
function turnAway(socket: HttpSocket, refusal: Refusal, limits: HttpLimits): void {
  // An answer that has begun cannot be taken back; one that nobody can receive is not written.
  if (!socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(refusal);
  const all = {
    ...headers,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  // What it still sends is thrown away, so that it gets to read why; then it goes, whether it has or not.
  socket.resume();
  setTimeout(() => socket.destroy(), limits.lingerMs).unref();
}
