/** The way out for one target: collects, sends one message after the other, writes down how it went, and naps until the next. */
import type { Value } from "../../config/secret.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import { retryDelayMs } from "./backoff.ts";
import { type Collecting, Collector } from "./collect.ts";
import { letterFor } from "./letter.ts";
import { bury, type Failure, headOf, type MessageRow, recordDelivered, recordRetry } from "./outbox.store.ts";
import type { Send } from "./send.ts";
import { noteDelivered, noteFailed, stopTarget, type TargetRow } from "./target.store.ts";
import { signingKey, type Webhook } from "./webhook.ts";

export interface Delivering extends Collecting {
  readonly clock: Clock;
  readonly send: Send;
  /** Throws `SecretProblem`. */
  readonly readSecret: (value: Value) => string;
}

/** The wall clock is read at least this often while something waits for a time, in ms: it may jump, timers don't notice. */
const LONGEST_NAP_MS = 30_000;
/** After trouble of our own (the store, a key that cannot be read) nothing is tried for this long, in ms. */
const TROUBLE_MS = 10_000;
/** Longest error that is kept, in characters. */
const MAX_ERROR_CHARACTERS = 500;
/** What a target says when it wants nothing more (RFC 9110). */
const GONE = 410;
const NO_MORE = "it answered 410, it wants no more messages";

/** What the store says of a target. */
export type Standing = Pick<TargetRow, "stopped_reason" | "last_error">;

export class Delivery {
  readonly #all: Delivering;
  readonly #name: string;
  readonly #collector: Collector;
  readonly #abort = new AbortController();
  #webhook: Webhook;
  #standing: Standing;
  #wakened = false;
  #ended = false;
  #working: Promise<void> | undefined;
  #nap: Timer | undefined;
  #trouble: string | undefined;

  constructor(all: Delivering, name: string, webhook: Webhook, standing: Standing) {
    this.#all = all;
    this.#name = name;
    this.#webhook = webhook;
    this.#standing = standing;
    this.#collector = new Collector(all, name);
  }

  /** What holds from now on. */
  renew(webhook: Webhook, standing: Standing): void {
    this.#webhook = webhook;
    this.#standing = standing;
    this.wake();
  }

  /** Something may be there to do. */
  wake(): void {
    this.#wakened = true;
    this.#nap?.cancel();
    if (this.#ended || this.#working) return;
    this.#working = this.#work();
  }

  /** Why nothing leaves though something should, to follow its name. */
  problem(): string | undefined {
    const { stopped_reason: stopped, last_error: failing } = this.#standing;
    if (!this.#webhook.enabled) return undefined;
    if (stopped !== null) return `is stopped: ${stopped}. \`steward webhook resume ${this.#name}\` lets it go on`;
    if (this.#trouble !== undefined) return `cannot be served: ${this.#trouble}`;
    return failing === null ? undefined : `does not take its messages: ${failing}`;
  }

  /** An attempt that is under way may end within so many ms; what it did is else not known, and it is sent again. */
  async end(graceMs: number): Promise<void> {
    this.#ended = true;
    this.#nap?.cancel();
    const late = this.#all.clock.after(graceMs, () => this.#abort.abort(new Error("the daemon stops")));
    await this.#working;
    late.cancel();
  }

  async #work(): Promise<void> {
    while (this.#wakened && !this.#ended) {
      this.#wakened = false;
      try {
        await this.#sendAll();
        this.#trouble = undefined;
      } catch (error) {
        this.#complain(error);
        this.#rest(TROUBLE_MS);
      }
    }
    // In the same turn as the last look, so that no call to wake falls between the two.
    this.#working = undefined;
  }

  /** Until nothing is left, or the first has to wait. */
  async #sendAll(): Promise<void> {
    const { store, clock, readSecret } = this.#all;
    // A key that does not fit is told now, and not only when there is something to sign.
    if (this.#isOpen()) signingKey(readSecret(this.#webhook.secret));
    while (this.#isOpen()) {
      const isComplete = await this.#collector.collect(this.#webhook, () => this.#isOpen());
      const head = await headOf(store.read, this.#name);
      if (!head && isComplete) return;
      // Disabled or stopped while the store was asked: what waits, waits on.
      if (!head || !this.#isOpen()) continue;
      const wait = head.next_at - clock.now();
      if (wait > 0) return this.#rest(wait);
      await this.#attempt(head);
    }
  }

  #isOpen(): boolean {
    return this.#webhook.enabled && this.#standing.stopped_reason === null && !this.#ended;
  }

  async #attempt(message: MessageRow): Promise<void> {
    const { clock, send, readSecret } = this.#all;
    const letter = letterFor(this.#webhook, message, { at: clock.now(), readSecret });
    let failure: Failure & { readonly retryAfterMs: number };
    try {
      const { status, retryAfterMs } = await send(letter, this.#abort.signal);
      if (status >= 200 && status < 300) return await this.#delivered(message, status);
      failure = { status, retryAfterMs, error: `it answered ${status}` };
    } catch (error) {
      // Stopping cut it off: nobody knows whether it arrived, so it is sent again.
      if (this.#abort.signal.aborted) return;
      failure = { status: null, retryAfterMs: 0, error: this.#worded(error) };
    }
    await this.#failed(message, failure);
  }

  async #delivered(message: MessageRow, status: number): Promise<void> {
    await this.#all.store.write(async (tx) => {
      if (await recordDelivered(tx, message, status)) await noteDelivered(tx, this.#name);
    });
    this.#standing = { ...this.#standing, last_error: null };
  }

  async #failed(message: MessageRow, failure: Failure & { readonly retryAfterMs: number }): Promise<void> {
    const { store, ids, log, clock } = this.#all;
    const isGone = failure.status === GONE;
    const isLast = message.attempts + 1 >= this.#webhook.maxAttempts;
    const delayMs = retryDelayMs(message.attempts + 1, ids.random(), failure.retryAfterMs);
    await store.write(async (tx) => {
      if (isGone || isLast) await bury(tx, message, failure, "host:outbox", 1);
      else await recordRetry(tx, message, failure, clock.now() + delayMs);
      await noteFailed(tx, this.#name, failure.error);
      if (isGone) await stopTarget(tx, this.#name, NO_MORE);
    });
    this.#standing = { stopped_reason: isGone ? NO_MORE : null, last_error: failure.error };
    const facts = { webhook: this.#name, message: publicId("message", message.id), error: failure.error };
    if (isGone || isLast) log.error("a webhook's message is dead", facts);
    else log.info("a webhook's message was not delivered", { ...facts, attempts: message.attempts + 1, delayMs });
  }

  #rest(ms: number): void {
    this.#nap?.cancel();
    if (!this.#ended) this.#nap = this.#all.clock.after(Math.min(ms, LONGEST_NAP_MS), () => this.wake());
  }

  #complain(error: unknown): void {
    const problem = this.#worded(error);
    if (problem !== this.#trouble) this.#all.log.error("a webhook cannot be served", { webhook: this.#name, error });
    this.#trouble = problem;
  }

  #worded(error: unknown): string {
    return wordedError(error, this.#all.mask);
  }
}

/** One line, no secrets, bounded. Several addresses that failed are one error with no text of its own. */
export function wordedError(error: unknown, mask: (text: string) => string): string {
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  const text = first instanceof Error ? first.message : String(first);
  return mask(text || "it failed without a word")
    .slice(0, MAX_ERROR_CHARACTERS)
    .toWellFormed();
}
