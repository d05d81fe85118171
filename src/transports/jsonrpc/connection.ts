/** One client of the JSON-RPC socket: reads its lines, asks, answers. Whatever it does wrong costs only itself. */
import type { Socket } from "node:net";
import type { Actor } from "../../core/actor.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { Bug, type Ports, UnknownOperation } from "../../core/operation.ts";
import { Refusal, refuse } from "../../core/refusal.ts";
import { drained } from "../stream/pace.ts";
import type { Unread } from "../unread.ts";
import { type Entry, errorAnswer, parseMessage, type Request, type RequestId, resultAnswer } from "./envelope.ts";
import { answersTooLong, type JsonRpcLimits, tooLong, tooSlow } from "./limits.ts";
import { type LineSplitter, lineSplitter } from "./lines.ts";
import { Streams } from "./streams.ts";

export interface ConnectionContext {
  readonly ports: Ports;
  readonly actor: Actor;
  readonly limits: JsonRpcLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly unread: Unread;
}

export class JsonRpcConnection {
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #lines: LineSplitter;
  readonly #calls = new Set<AbortController>();
  readonly #streams: Streams;
  #answers: string[] = [];
  #idleSince: number;
  #lineTimer: Timer | undefined;
  #paused = false;
  /** Nothing more is read from it: it is being given up or closed. */
  #deaf = false;
  /** Nothing more will come: as soon as everything is answered the socket goes. */
  #last = false;

  constructor(socket: Socket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#lines = lineSplitter(context.limits.lineBytes);
    this.#idleSince = context.clock.monotonic();
    const { clock, limits } = context;
    this.#streams = new Streams({
      limit: limits.streams,
      say: (line) => this.#answer(line),
      // What was said is with the socket one tick later.
      caughtUp: async () => {
        await new Promise((resolve) => process.nextTick(resolve));
        return !this.#isBehind() || (await drained(this.#socket, clock, limits.stallMs));
      },
      onEnd: () => {
        this.#idleSince = clock.monotonic();
        this.#endWhenAnswered();
      },
    });
    socket.on("data", (chunk) => this.#hear(chunk));
    socket.on("drain", () => this.#goOn());
    socket.on("end", () => this.#peerEnded());
    socket.on("error", () => {}); // "close" follows and does all there is to do
    socket.on("close", () => this.#gone());
  }

  /** Since when it might give way to others, on the monotonic clock; undefined while something is in flight, or it is its turn. */
  idleSince(): number | undefined {
    if (this.#calls.size > 0 || this.#streams.size > 0) return undefined;
    const { clock, limits } = this.#context;
    // Who stops in the middle of a line has had it.
    const isItsTurn = this.#lineTimer === undefined && clock.monotonic() - this.#idleSince < limits.turnMs;
    return isItsTurn ? undefined : this.#idleSince;
  }

  drop(): void {
    this.#socket.destroy();
  }

  /** Calls that wait are told to give up; what they answer within the linger is still delivered. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once("close", () => resolve());
    });
    this.#stopListening();
    this.#last = true;
    for (const call of this.#calls) call.abort();
    this.#streams.cancelAll();
    this.#endWhenAnswered();
    return closed;
  }

  #hear(chunk: Buffer): void {
    if (this.#deaf) return;
    this.#lines.feed(chunk);
    this.#readLines();
  }

  #readLines(): void {
    const { callsInFlight, lineBytes } = this.#context.limits;
    let taken = 0;
    while (!this.#deaf && this.#calls.size < callsInFlight && !this.#isBehind()) {
      const line = this.#lines.next();
      if (line === undefined) break;
      if (line === "too long") this.#giveUp(tooLong(lineBytes));
      else this.#take(line);
      taken += 1;
    }
    if (this.#deaf) return;
    if (this.#calls.size >= callsInFlight || this.#isBehind()) this.#pause();
    else this.#watchUnfinishedLine(taken > 0);
  }

  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
    this.#lineTimer?.cancel();
    this.#lineTimer = undefined;
  }

  #watchUnfinishedLine(isNew: boolean): void {
    const unfinished = this.#lines.waiting() > 0;
    if (unfinished && this.#lineTimer && !isNew) return;
    this.#lineTimer?.cancel();
    const { clock, limits } = this.#context;
    this.#lineTimer = unfinished ? clock.after(limits.lineMs, () => this.#giveUp(tooSlow(limits.lineMs))) : undefined;
  }

  #take(line: Buffer): void {
    const message = parseMessage(line, this.#context.limits.batchRequests);
    const begins: Begins = [];
    const settled =
      "single" in message ? this.#settle(message.single, begins) : this.#settleBatch(message.batch, begins);
    void settled.then((answer) => {
      this.#answer(answer);
      for (const begin of begins) begin();
    });
  }

  /** A few at a time; when their answers are too long together, the rest is refused instead of asked. */
  async #settleBatch(entries: readonly Entry[], begins: Begins): Promise<string> {
    const { callsInFlight, batchAnswerBytes } = this.#context.limits;
    const answers: string[] = [];
    let length = 0;
    for (let at = 0; at < entries.length; at += callsInFlight) {
      const some = entries.slice(at, at + callsInFlight);
      const settled =
        length > batchAnswerBytes
          ? some.map((entry) => refusedEntry(entry, batchAnswerBytes))
          : await Promise.all(some.map((entry) => this.#settle(entry, begins)));
      for (const answer of settled) {
        if (answer === "") continue;
        answers.push(answer);
        length += answer.length;
      }
    }
    return answers.length > 0 ? `[${answers.join(",")}]` : "";
  }

  /** The answer as a line, or nothing. Never rejects. */
  async #settle(entry: Entry, begins: Begins): Promise<string> {
    if ("answer" in entry) return entry.answer;
    const { request } = entry;
    const controller = new AbortController();
    // The rest of a batch whose client is gone: what waits must not wait for nobody.
    if (this.#socket.destroyed) controller.abort();
    this.#calls.add(controller);
    try {
      const answer = await this.#ask(request, request.id ?? null, controller.signal, begins);
      return request.id === undefined ? "" : answer;
    } finally {
      this.#calls.delete(controller);
      this.#idleSince = this.#context.clock.monotonic();
    }
  }

  async #ask(request: Request, id: RequestId, signal: AbortSignal, begins: Begins): Promise<string> {
    try {
      return resultAnswer(id, await this.#resultOf(request, signal, begins));
    } catch (error) {
      if (error instanceof Refusal || error instanceof UnknownOperation || error instanceof Bug) {
        return errorAnswer(id, error);
      }
      const bug = Bug.of(error);
      this.#context.log.error("an answer could not be written", { operation: request.method, bug: bug.id, error });
      return errorAnswer(id, bug);
    }
  }

  async #resultOf(
    { method, params, requestId, stream }: Request,
    signal: AbortSignal,
    begins: Begins,
  ): Promise<unknown> {
    const { ports, actor } = this.#context;
    if (method === "stream.cancel") return { cancelled: this.#streams.cancel(streamNamed(params)) };
    if (!stream && !ports.isStream(method)) return await ports.call(method, params, actor, { signal, requestId });
    return await this.#streams.open((whileOpen) => ports.stream(method, params, actor, whileOpen), begins);
  }

  #answer(answer: string): void {
    if (answer !== "" && this.#answers.push(answer) === 1) process.nextTick(() => this.#flush());
    this.#goOn();
    this.#endWhenAnswered();
  }

  /** Does it leave so much unread that asking more for it would only fill our memory? */
  #isBehind(): boolean {
    return this.#socket.writableLength > this.#context.limits.behindBytes;
  }

  #goOn(): void {
    if (!this.#paused || this.#deaf || this.#isBehind() || this.#calls.size >= this.#context.limits.callsInFlight)
      return;
    this.#paused = false;
    this.#socket.resume();
    this.#readLines();
  }

  /** All answers that became ready in one turn leave in one write. */
  #flush(): void {
    const answers = this.#answers;
    this.#answers = [];
    if (this.#socket.writable) {
      this.#socket.cork();
      for (const piece of pieces(answers, this.#context.limits.behindBytes)) this.#socket.write(piece);
      this.#socket.uncork();
      if (this.#socket.writableLength > 0) this.#context.unread.written();
    }
    this.#endWhenAnswered();
  }

  #giveUp(why: Refusal): void {
    this.#context.log.warn("gave a client up", { reason: why.message });
    this.#stopListening();
    this.#answer(errorAnswer(null, why));
  }

  /** What still comes in is thrown away, so that a client in the middle of writing gets to read why. */
  #stopListening(): void {
    if (this.#deaf) return;
    this.#deaf = true;
    this.#lineTimer?.cancel();
    this.#socket.resume();
    const linger = this.#context.clock.after(this.#context.limits.lingerMs, () => this.#socket.destroy());
    this.#socket.once("close", () => linger.cancel());
  }

  #endWhenAnswered(): void {
    if (this.#calls.size > 0 || this.#streams.size > 0 || this.#answers.length > 0) return;
    if (this.#last) this.#socket.destroySoon();
    else if (this.#deaf) this.#socket.end();
  }

  /** A client may close its writing side and still read (`echo … | nc -U`): it gets its answers. */
  #peerEnded(): void {
    this.#last = true;
    // Writing nothing fails at once when the peer is gone altogether, and does nothing when it is not.
    if (this.#socket.writable) this.#socket.write("");
    this.#endWhenAnswered();
  }

  #gone(): void {
    this.#deaf = true;
    this.#lineTimer?.cancel();
    for (const call of this.#calls) call.abort();
    this.#streams.cancelAll();
  }
}

/** What is to be done when the answer was said. */
type Begins = (() => void)[];

function streamNamed(params: unknown): string {
  const { stream } = params as { stream?: unknown };
  if (typeof stream === "string") return stream;
  const hint = 'Pass what the answer called it: {"stream": "stream-1"}.';
  return refuse("invalid_input", "stream.cancel needs the name of a stream.", { hint });
}

/** The answer to a part of a batch that is not asked any more; nothing for a notification. */
function refusedEntry(entry: Entry, limitBytes: number): string {
  if ("answer" in entry) return entry.answer;
  const { id } = entry.request;
  return id === undefined ? "" : errorAnswer(id, answersTooLong(limitBytes));
}

/** Lines joined, but never to more than a bounded text at once: a few long answers would make one that no string can hold. */
function* pieces(lines: readonly string[], characters: number): Generator<string> {
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < characters) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
