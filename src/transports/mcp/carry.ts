/** Carries MCP's messages between an agent and the daemon that may come and go: what has no answer is asked again of the next one. */
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { type LineSplitter, lineSplitter } from "../jsonrpc/lines.ts";
import { type Id, type Message, read } from "./bridge-messages.ts";
import { MCP_WORD } from "./bridge-words.ts";
import { heldRequests } from "./held-requests.ts";

export interface CarryLimits {
  /** Of what the agent says. */
  readonly lineBytes: number;
  /** Of one answer. */
  readonly answerBytes: number;
  /** Nothing more is read from the agent while so many requests, or so much of them, have no answer. */
  readonly requests: number;
  readonly heldBytes: number;
  /** How long a request waits for a daemon that is away, in ms. */
  readonly awayMs: number;
  /** Between two tries to reach it, in ms: at first, and at most. */
  readonly firstTryMs: number;
  readonly lastTryMs: number;
}

const CARRY_LIMITS: CarryLimits = {
  lineBytes: 8 * 1024 * 1024,
  answerBytes: 64 * 1024 * 1024,
  requests: 256,
  heldBytes: 8 * 1024 * 1024,
  awayMs: 30_000,
  firstTryMs: 10,
  lastTryMs: 250,
};

export interface CarryOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly connect: () => Socket;
  /** The name under which the n-th call is done once. */
  readonly nameOf: (n: number) => string;
  readonly limits?: Partial<CarryLimits>;
}

/** As JSON-RPC 2.0 numbers them (section 5.1), and Steward its `unavailable` and `too_large`. */
const CODE = { parse: -32700, invalid: -32600, unavailable: -32003, tooLarge: -32013 } as const;

const AWAY =
  "Steward does not answer: its daemon is away. What was asked may be done, or may not be. Try again later, or go on without.";

/** The handshake that is said again has an id of its own: its answer is not the agent's. */
const AGAIN_ID = "steward-bridge-again";

/** Resolves when the agent says nothing more, or reads nothing more. */
export function carry(options: CarryOptions): Promise<void> {
  const { input, output, connect, nameOf } = options;
  const limits = { ...CARRY_LIMITS, ...options.limits };
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const asked = lineSplitter(limits.lineBytes);
  const held = heldRequests(limits);
  let calls = 0;
  /** What the agent said when it began, as it is said to each daemon after the first. */
  const handshake = { line: "", isAnswered: false, isDone: false };
  let socket: Socket | undefined;
  /** It has heard the handshake: from now on lines go through. */
  let isReady = false;
  let isEnded = false;
  let tryMs = limits.firstTryMs;
  let timer: NodeJS.Timeout | undefined;

  input.on("data", (chunk: Buffer) => {
    asked.feed(chunk);
    readOn();
  });
  for (const event of ["end", "close", "error"] as const) input.on(event, finish);
  for (const event of ["close", "error"] as const) output.on(event, finish);
  output.on("drain", () => socket?.resume());
  seek();
  return ended;

  function readOn(): void {
    while (hasRoom()) {
      const line = asked.next();
      if (line === undefined) return void input.resume();
      if (line === "too long") giveUp();
      else take(line);
    }
    input.pause();
  }

  function hasRoom(): boolean {
    if (isEnded || !held.hasRoom()) return false;
    return !isReady || socket?.writableNeedDrain !== true;
  }

  function take(bytes: Buffer): void {
    const text = bytes.toString();
    if (text.trim() === "") return;
    const message = read(text, () => nameOf(++calls), AGAIN_ID);
    if (message.kind === "none") say(null, message.isJson ? CODE.invalid : CODE.parse, message.why);
    else if (message.kind === "request") hold(message);
    else {
      if (message.kind === "initialized") handshake.isDone = true;
      // Its answer never comes.
      if (message.kind === "cancelled") held.release(message.id);
      if (isReady) tell(text);
    }
  }

  function hold({ id, line, again }: Extract<Message, { kind: "request" }>): void {
    // A name makes it longer; the daemon would hang up at it, each time that it is said.
    if (Buffer.byteLength(line) > limits.lineBytes) {
      say(id, CODE.tooLarge, tooLong());
      return;
    }
    if (again !== undefined) Object.assign(handshake, { line: again, isAnswered: false, isDone: false });
    held.hold(id, { line, isHandshake: again !== undefined });
    if (isReady) tell(line);
    else held.lost(now());
  }

  function tell(line: string): void {
    socket?.write(`${line}\n`);
  }

  /** Tries until there is a daemon that has heard the handshake; meanwhile requests that wait for too long are answered. */
  function seek(): void {
    if (isEnded || isReady) return;
    for (const id of held.lostBefore(now() - limits.awayMs)) refuse(id, CODE.unavailable, AWAY);
    readOn();
    if (!socket) reach();
    timer = setTimeout(seek, tryMs);
    tryMs = Math.min(2 * tryMs, limits.lastTryMs);
  }

  function reach(): void {
    const reached = connect();
    socket = reached;
    const answers = lineSplitter(limits.answerBytes);
    reached.once("connect", () => {
      reached.write(`${MCP_WORD}\n`);
      if (handshake.isAnswered) tell(handshake.line);
      else goOn();
    });
    reached.on("data", (chunk: Buffer) => hear(answers, chunk));
    reached.on("drain", readOn);
    reached.on("error", () => {}); // "close" follows
    reached.once("close", () => {
      if (socket === reached) lose();
    });
  }

  function goOn(): void {
    isReady = true;
    clearTimeout(timer);
    if (handshake.isAnswered && handshake.isDone) tell('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    for (const line of held.lines()) tell(line);
    readOn();
  }

  function lose(): void {
    socket = undefined;
    isReady = false;
    held.lost(now());
    clearTimeout(timer);
    if (!isEnded) timer = setTimeout(seek, tryMs);
    // Of those that are told nothing, more may be read now.
    readOn();
  }

  function hear(answers: LineSplitter, chunk: Buffer): void {
    answers.feed(chunk);
    for (let line = answers.next(); line !== undefined; line = answers.next()) {
      if (line !== "too long") {
        pass(line.toString());
        continue;
      }
      dropAll();
      break;
    }
  }

  function pass(line: string): void {
    const message = asObject(line);
    if (!message) return;
    if ("id" in message && !("method" in message)) {
      if (!isReady) {
        if (message.id === AGAIN_ID) goOn();
        return;
      }
      const request = held.release(message.id as Id);
      if (request?.isHandshake) handshake.isAnswered = "result" in message;
      // Not before: a daemon that turns everybody away is no reason to hurry.
      if (request) tryMs = limits.firstTryMs;
      readOn();
    }
    write(line);
  }

  /** Nobody can tell whose answer it was. */
  function dropAll(): void {
    const why = `An answer was longer than ${limits.answerBytes} bytes. Ask for less.`;
    for (const id of held.ids()) refuse(id, CODE.tooLarge, why);
    socket?.destroy();
  }

  function refuse(id: Id, code: number, why: string): void {
    held.release(id);
    say(id, code, why);
  }

  function say(id: Id | null, code: number, message: string): void {
    write(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } }));
  }

  function write(line: string): void {
    if (!output.write(`${line}\n`)) socket?.pause();
  }

  /** Where it ends was not read, so nothing behind it can be either. */
  function giveUp(): void {
    isEnded = true;
    say(null, CODE.tooLarge, tooLong());
    output.end(finish);
  }

  function tooLong(): string {
    return `A line takes up to ${limits.lineBytes} bytes.`;
  }

  function finish(): void {
    isEnded = true;
    clearTimeout(timer);
    socket?.destroy();
    end();
  }
}

function asObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Whatever answers there is no daemon of ours: only the protocol may reach the agent.
    return undefined;
  }
}

/** It never jumps, and is at hand without loading anything, in ms. */
function now(): number {
  return process.uptime() * 1000;
}
