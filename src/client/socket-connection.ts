/** One connection to the socket, on which many calls wait for their answers at once. Keeps no process alive while none does. */
import type { Socket } from "node:net";
import { lineSplitter } from "../transports/jsonrpc/lines.ts";
import { ANSWER_BYTES, type Asked, MAX_PENDING } from "./door.ts";
import { answeredError, closed, lost, notSteward, StewardRefusal, silent } from "./errors.ts";
import { socketError } from "./socket-error.ts";
import { parseSaid } from "./socket-line.ts";

/** The daemon reads no longer line unless it is told to (`limits.rpcLineBytes`), in bytes. */
const LINE_BYTES = 8 * 1024 * 1024;

/** What the daemon has not read yet may grow to this before more is refused, in bytes. */
const UNSENT_BYTES = 64 * 1024 * 1024;

export interface Connection {
  call(asked: Asked): Promise<unknown>;
  isGone(): boolean;
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly release: () => void;
}

export function openConnection(socket: Socket, path: string): Connection {
  const pending = new Map<number, Pending>();
  const lines = lineSplitter(ANSWER_BYTES);
  let lastId = 0;
  let gone: unknown;
  socket.on("error", (error) => fail(socketError(error, path)));
  socket.on("close", () => fail(lost()));
  socket.on("data", (chunk) => {
    lines.feed(chunk);
    for (let line = lines.next(); line !== undefined && !gone; line = lines.next()) {
      hear(line === "too long" ? undefined : line);
    }
  });

  function fail(error: unknown): void {
    gone ??= error;
    for (const id of pending.keys()) take(id)?.reject(gone);
    socket.destroy();
  }

  function hear(line: Buffer | undefined): void {
    const said = line && parseSaid(line);
    if (!said) {
      fail(notSteward(path));
      return;
    }
    const error = said.error && answeredError({ ...said.error, number: said.error.code });
    const waiting = typeof said.id === "number" ? take(said.id) : undefined;
    if (!error) waiting?.resolve(said.result);
    else if (waiting) waiting.reject(error);
    // An error about no call in particular is the daemon giving this connection up.
    else if (said.id === null || said.id === undefined) fail(error);
  }

  function take(id: number): Pending | undefined {
    const waiting = pending.get(id);
    pending.delete(id);
    waiting?.release();
    if (pending.size === 0) socket.unref();
    return waiting;
  }

  function call({ operation, input, requestId, signal, timeoutMs }: Asked): Promise<unknown> {
    const id = ++lastId;
    const request = { jsonrpc: "2.0", id, method: operation, params: input, ...(requestId && { requestId }) };
    const line = `${JSON.stringify(request)}\n`;
    return new Promise((resolve, reject) => {
      if (gone || signal?.aborted) return reject(gone ?? signal?.reason);
      const tooMuch = tooMuchOf(line, pending.size, socket.writableLength);
      if (tooMuch) return reject(tooMuch);
      const timer = setTimeout(() => take(id)?.reject(silent(timeoutMs)), timeoutMs);
      const abort = () => take(id)?.reject(signal?.reason);
      signal?.addEventListener("abort", abort);
      const release = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      pending.set(id, { resolve, reject, release });
      socket.ref();
      socket.write(line);
    });
  }

  return {
    call,
    isGone: () => gone !== undefined,
    close: async () => {
      const isOver = new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once("close", resolve)));
      fail(closed());
      await isOver;
    },
  };
}

function tooMuchOf(line: string, waiting: number, unsent: number): StewardRefusal | undefined {
  if (Buffer.byteLength(line) > LINE_BYTES) {
    return new StewardRefusal({ code: "too_large", message: `A request takes up to ${LINE_BYTES} bytes.` });
  }
  if (waiting < MAX_PENDING && unsent < UNSENT_BYTES) return undefined;
  const hint = "Wait for some answers before asking more.";
  return new StewardRefusal({
    code: "rate_limited",
    message: `${waiting} calls wait for their answers already.`,
    hint,
  });
}
