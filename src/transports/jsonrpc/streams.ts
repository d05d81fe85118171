/** The streams that one client has open: each part a notification, from `stream.item` on to one `stream.ended`. */
import { Bug } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";
import type { OpenStream } from "../../core/stream.ts";
import { pump } from "../stream/pump.ts";
import { errorObject } from "./envelope.ts";

export interface StreamsOptions {
  /** Most that one client may have open. */
  readonly limit: number;
  readonly say: (line: string) => void;
  readonly caughtUp: () => Promise<boolean>;
  /** One has ended. */
  readonly onEnd: () => void;
}

export interface Opened {
  readonly stream: string;
  /** The input field in which one says where to go on. */
  readonly resume: string;
}

export class Streams {
  readonly #options: StreamsOptions;
  readonly #open = new Map<string, AbortController>();
  #last = 0;
  #over = false;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Refuses when too many are open. The name is what the notifications carry. `begins` gets what is to be called when the
   * answer that names the stream was said, which may be the answer of a whole batch.
   */
  async open(start: (signal: AbortSignal) => Promise<OpenStream>, begins: (() => void)[]): Promise<Opened> {
    if (this.#over) throw new Refusal("unavailable", "This connection is being closed.");
    if (this.#open.size >= this.#options.limit) {
      throw new Refusal("rate_limited", `A connection has ${this.#options.limit} streams at most.`, {
        hint: "Cancel one with stream.cancel, or open another connection.",
      });
    }
    const controller = new AbortController();
    const stream = `stream-${++this.#last}`;
    this.#open.set(stream, controller);
    try {
      const { parts, resumeField } = await start(controller.signal);
      begins.push(() => void this.#follow(stream, parts, controller));
      return { stream, resume: resumeField };
    } catch (error) {
      this.#open.delete(stream);
      throw error;
    }
  }

  /** False when there is no such stream, or not any more. */
  cancel(stream: string): boolean {
    const controller = this.#open.get(stream);
    controller?.abort();
    return controller !== undefined;
  }

  /** For good: none is opened any more. */
  cancelAll(): void {
    this.#over = true;
    for (const controller of this.#open.values()) controller.abort();
  }

  async #follow(stream: string, parts: OpenStream["parts"], controller: AbortController): Promise<void> {
    const { say, caughtUp, onEnd } = this.#options;
    let error: object | undefined;
    let cancelled = false;
    try {
      await pump(parts, {
        send: (part) => say(notification("mark" in part ? "stream.mark" : "stream.item", { stream, ...part })),
        caughtUp,
      });
    } catch (thrown) {
      if (!(thrown instanceof Refusal || thrown instanceof Bug)) throw thrown;
      error = errorObject(thrown);
    } finally {
      cancelled = controller.signal.aborted;
      controller.abort();
      this.#open.delete(stream);
    }
    say(notification("stream.ended", { stream, cancelled, ...(error && { error }) }));
    onEnd();
  }
}

function notification(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}
