/** One attempt: posts a signed message to an address that was checked, and only to that one, within its time. */
import type { LookupAddress } from "node:dns";
import type { IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { allowedAddresses, type Resolve } from "./address.ts";
import { readRetryAfter } from "./backoff.ts";

export interface Letter {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
}

export interface Answer {
  readonly status: number;
  /** What the target asked for; 0 when it asked for nothing. */
  readonly retryAfterMs: number;
}

/** Throws when there is no answer. */
export type Send = (letter: Letter, signal: AbortSignal) => Promise<Answer>;

/** Of an answer only the status counts; so much of the rest is read, to leave the other side in peace, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ANSWER_HEADER_BYTES = 16 * 1024;
/** And it is not waited for longer than this, in ms. */
const MAX_ANSWER_MS = 1_000;

export function createSend({ clock, resolve = systemResolve }: { clock: Clock; resolve?: Resolve }): Send {
  return async (letter, signal) => {
    const overdue = new AbortController();
    const timer = clock.after(letter.timeoutMs, () =>
      overdue.abort(new Error(`there was no answer within ${letter.timeoutMs / 1000} s`)),
    );
    const give = () => overdue.abort(signal.reason);
    signal.addEventListener("abort", give, { once: true });
    try {
      if (signal.aborted) give();
      const url = new URL(letter.url);
      const addresses = await untilAborted(allowedAddresses(url.hostname, { ...letter, resolve }), overdue.signal);
      const answer = await post(url, letter, addresses, overdue.signal);
      const retryAfterMs = readRetryAfter(answer.headers["retry-after"], clock.now());
      await discard(answer, clock);
      return { status: answer.statusCode ?? 0, retryAfterMs };
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", give);
    }
  };
}

/** Resolves with the head of the answer. */
async function post(
  url: URL,
  letter: Letter,
  addresses: LookupAddress[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const { Agent, request } = isSecure ? await import("node:https") : await import("node:http");
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    method: "POST",
    headers: {
      ...letter.headers,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(letter.body),
      "user-agent": "steward",
      connection: "close",
    },
    // An agent of its own: the global one would follow NODE_USE_ENV_PROXY to another address than the one that was checked.
    agent: new Agent({ keepAlive: false }),
    lookup: answerWith(addresses),
    maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    insecureHTTPParser: false,
    rejectUnauthorized: true,
  };
  return await new Promise((resolve, reject) => {
    const sent = request(url, options);
    const stop = () => sent.destroy(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    sent.once("response", resolve);
    // Stays for what goes wrong once the answer stands.
    sent.on("error", reject);
    sent.once("close", () => {
      signal.removeEventListener("abort", stop);
      reject(new Error("the connection was closed without an answer"));
    });
    sent.end(letter.body);
  });
}

/** What was checked is what is connected to: the name is not asked for again. */
function answerWith(addresses: LookupAddress[]): LookupFunction {
  return (host, options, done) => {
    const first = addresses[0];
    if (options.all) done(null, addresses);
    else if (first) done(null, first.address, first.family);
    else done(new Error(`${host} has no address`), "", 4);
  };
}

function discard(answer: IncomingMessage, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let left = MAX_ANSWER_BYTES;
    const end = () => {
      timer.cancel();
      answer.destroy();
      resolve();
    };
    const timer = clock.after(MAX_ANSWER_MS, end);
    answer.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left <= 0) end();
    });
    // A connection that breaks now takes nothing back: the status was said.
    answer.once("end", end).once("close", end).on("error", end);
  });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

const systemResolve: Resolve = async (host) => {
  const { lookup } = await import("node:dns/promises");
  return await lookup(host, { all: true });
};
