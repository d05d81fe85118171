/** Asks the daemon over its socket: one line out, one line back. */
import { connect } from "node:net";
import { strangersDirectory } from "../core/home.ts";
import {
  answeredFailure,
  type ErrorObject,
  type Failure,
  noDaemonFailure,
  refusalFailure,
  unavailableFailure,
} from "./failure.ts";

/** A longer answer is not gathered, in bytes. */
const ANSWER_BYTES = 256 * 1024 * 1024;

const NEWLINE = 0x0a;

export interface Client {
  /** Throws a `Failure`: the daemon's refusal, no daemon, or none that answers within `limitMs`. */
  call(operation: string, input: object, limitMs: number): Promise<unknown>;
  /** Nothing can be asked on this connection any more. */
  isGone(): boolean;
  /** Resolves when what was asked so far is on its way; never when there is no daemon. */
  sent(): Promise<unknown>;
}

interface Answer {
  readonly id?: number | null;
  readonly result?: unknown;
  readonly error?: ErrorObject;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (failure: Failure) => void;
  readonly timer: NodeJS.Timeout;
}

export function connectTo(path: string): Client {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let gone: Failure | undefined = foreignFailure(path);
  const socket = connect(path);
  socket.on("error", (error: NodeJS.ErrnoException) => fail(connectionFailure(error, path)));
  socket.on("close", () => fail(closedFailure()));
  gatherLines(socket, hear, () => fail(unavailableFailure("The answer is too long.", "Ask for less at once.")));

  function fail(failure: Failure): void {
    gone ??= failure;
    for (const id of pending.keys()) settle(id)?.reject(gone);
    socket.destroy();
  }

  function hear(line: string): void {
    const answer = parseAnswer(line);
    const waiting = typeof answer?.id === "number" ? settle(answer.id) : undefined;
    if (!answer)
      fail(unavailableFailure(`What answers at ${path} is no daemon of Steward.`, "See who made that file."));
    // An error about no request in particular is the daemon giving this connection up.
    else if (answer.error && !waiting) fail(answeredFailure(answer.error));
    else if (answer.error) waiting?.reject(answeredFailure(answer.error));
    else waiting?.resolve(answer.result);
  }

  function settle(id: number): Pending | undefined {
    const waiting = pending.get(id);
    pending.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  return {
    call: (method, params, limitMs) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(gone);
        const id = ++lastId;
        const timer = setTimeout(() => settle(id)?.reject(silentFailure(limitMs)), limitMs);
        pending.set(id, { resolve, reject, timer });
        socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      }),
    isGone: () => gone !== undefined,
    sent: () => new Promise((resolve) => (socket.connecting ? socket.once("connect", resolve) : resolve(undefined))),
  };
}

function parseAnswer(line: string): Answer | undefined {
  try {
    const answer = JSON.parse(line) as unknown;
    return typeof answer === "object" && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

function gatherLines(socket: NodeJS.ReadableStream, hear: (line: string) => void, tooLong: () => void): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) return tooLong();
    if (!chunk.includes(NEWLINE)) return;
    const gathered = Buffer.concat(chunks);
    const end = gathered.lastIndexOf(NEWLINE);
    chunks = [gathered.subarray(end + 1)];
    bytes = gathered.length - end - 1;
    for (const line of gathered.toString("utf8", 0, end).split("\n")) hear(line);
  });
}

export function foreignFailure(path: string): Failure | undefined {
  const directory = strangersDirectory(path);
  if (directory === undefined) return undefined;
  const message = `${directory} belongs to somebody else.`;
  return refusalFailure({ code: "denied", message, hint: "Choose a home with a shorter path." });
}

export function connectionFailure({ code, message }: NodeJS.ErrnoException, path: string): Failure {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ECONNREFUSED":
    case "ENOTSOCK":
      return noDaemonFailure(path);
    case "EACCES":
    case "EPERM":
      return refusalFailure({
        code: "denied",
        message: `${path} is not yours to use.`,
        hint: "Ask as the user it belongs to.",
      });
    case "EPIPE":
    case "ECONNRESET":
      return closedFailure();
    default:
      return unavailableFailure(`The daemon cannot be asked: ${message}.`, "Try again in a moment.");
  }
}

export function closedFailure(): Failure {
  return unavailableFailure(
    "The daemon closed the connection without an answer.",
    "See `steward logs`, then try again.",
  );
}

function silentFailure(limitMs: number): Failure {
  return unavailableFailure(
    `The daemon took the question but did not answer within ${limitMs / 1000} s.`,
    "See `steward logs`; `--wait-limit 2m` waits longer.",
  );
}
