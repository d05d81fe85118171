/** The way over the unix socket: calls share one connection, each stream has its own. */
import { connect, type Socket } from "node:net";
import { strangersDirectory } from "../core/home.ts";
import type { StreamPart } from "../core/stream.ts";
import { linesOf } from "../transports/jsonrpc/lines.ts";
import { ANSWER_BYTES, type Asked, type Door } from "./door.ts";
import { answeredError, closed, lost, notSteward, StewardRefusal, silent } from "./errors.ts";
import { type Connection, openConnection } from "./socket-connection.ts";
import { socketError } from "./socket-error.ts";
import { parseSaid, type Said } from "./socket-line.ts";

export function socketDoor(path: string): Door {
  let connection: Connection | undefined;
  let isClosed = false;
  const streams = new Set<Socket>();

  async function* stream(asked: Asked): AsyncGenerator<StreamPart> {
    if (isClosed) throw closed();
    const socket = connectTo(path);
    streams.add(socket);
    try {
      yield* partsOf(socket, path, asked);
    } catch (error) {
      throw isClosed ? closed() : error;
    } finally {
      streams.delete(socket);
      socket.destroy();
    }
  }

  return {
    async call(asked) {
      if (isClosed) throw closed();
      if (!connection || connection.isGone()) connection = openConnection(connectTo(path), path);
      return await connection.call(asked);
    },
    stream,
    async close() {
      isClosed = true;
      for (const socket of streams) socket.destroy();
      await connection?.close();
    },
  };
}

function connectTo(path: string): Socket {
  const directory = strangersDirectory(path);
  if (directory === undefined) return connect(path);
  const message = `${directory} belongs to somebody else.`;
  throw new StewardRefusal({ code: "denied", message, hint: "Choose a home with a shorter path." });
}

/** Nothing is read from the socket while the reader is busy: what it does not take stays with the daemon. */
async function* partsOf(socket: Socket, path: string, asked: Asked): AsyncGenerator<StreamPart> {
  const { signal, timeoutMs } = asked;
  signal?.throwIfAborted();
  let why: Error | undefined;
  const abort = () => socket.destroy();
  signal?.addEventListener("abort", abort);
  const timer = setTimeout(() => {
    why = silent(timeoutMs);
    socket.destroy();
  }, timeoutMs);
  const request = { jsonrpc: "2.0", id: 1, method: asked.operation, params: asked.input, stream: true };
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    for await (const said of saidOn(socket, path)) {
      clearTimeout(timer);
      if (said.error) throw answeredError({ ...said.error, number: said.error.code });
      if (said.method === "stream.ended") {
        const error = said.params?.error;
        if (error) throw answeredError({ ...error, number: error.code });
        // We never cancel but by hanging up: it was the daemon, which stops.
        if (said.params?.cancelled === true) throw lost();
        return;
      }
      if (said.method === "stream.item" || said.method === "stream.mark") yield partOf(said, path);
    }
    throw lost();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw why ?? socketError(error, path);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function partOf({ params }: Said, path: string): StreamPart {
  if (typeof params?.next !== "number") throw notSteward(path);
  return params as unknown as StreamPart;
}

async function* saidOn(socket: Socket, path: string): AsyncGenerator<Said> {
  for await (const line of linesOf(socket, ANSWER_BYTES)) {
    const said = line === "too long" ? undefined : parseSaid(line);
    if (!said) throw notSteward(path);
    yield said;
  }
}
