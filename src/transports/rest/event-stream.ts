/** A stream as server-sent events (HTML Living Standard, 9.2): each part an event whose id says where to go on. */
import type { Clock, Timer } from "../../core/clock.ts";
import { Bug } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";
import type { OpenStream, StreamPart } from "../../core/stream.ts";
import { pump } from "../stream/pump.ts";
import type { HttpLimits } from "./limits.ts";
import { problemOf } from "./problem.ts";

export const EVENT_STREAM = "text/event-stream";

/** After so long a reader that was cut off comes back, in ms. */
const RETRY_MS = 1_000;

export interface EventStreamOptions {
  /** Aborted here when the reader is gone, and from outside when the daemon stops or the reader's token lapses. */
  readonly controller: AbortController;
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, "streamBufferBytes" | "heartbeatMs" | "stallMs" | "lingerMs">;
  /** Cuts off a reader that does not even read why it was dropped. */
  readonly cutOff: () => void;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

export function eventStream({ parts }: OpenStream, options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { controller, clock, limits, cutOff, onEnd } = options;
  let isOpen = true;
  let heartbeat: Timer | undefined;
  let tellRead = () => {};
  let sink: ReadableStreamDefaultController<Uint8Array>;

  const write = (bytes: Uint8Array) => {
    if (isOpen) sink.enqueue(bytes);
  };
  const hasRoom = () => isOpen && (sink.desiredSize ?? 0) > 0;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    heartbeat?.cancel();
    controller.abort();
    onEnd();
  };

  // Nothing more comes that it could wait to read.
  controller.signal.addEventListener("abort", () => tellRead());

  function beat(): void {
    heartbeat = clock.after(limits.heartbeatMs, () => {
      // Who does not read needs none.
      if (hasRoom()) write(encoder.encode(":\n\n"));
      beat();
    });
  }

  /** False when what was written is still unread after `ms`, or the reader is gone. */
  async function caughtUp(ms: number): Promise<boolean> {
    if (hasRoom()) return true;
    if (!isOpen) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    tellRead = resolve;
    const timer = clock.after(ms, resolve);
    await promise;
    timer.cancel();
    return hasRoom();
  }

  async function follow(): Promise<void> {
    try {
      const how = await pump(parts, {
        send: (part) => write(bytesOf(part)),
        caughtUp: () => caughtUp(limits.stallMs),
      });
      // A daemon that stops says nothing: its readers come back to the next one.
      if (how === "ended" && !controller.signal.aborted) write(event("ended", {}));
      if (how === "dropped" && !(await caughtUp(limits.lingerMs))) cutOff();
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Bug)) throw error;
      write(errorEvent(error));
    }
    if (isOpen) sink.close();
    end();
  }

  return new ReadableStream<Uint8Array>(
    {
      start(made) {
        sink = made;
        write(encoder.encode(`retry: ${RETRY_MS}\n\n`));
        beat();
        void follow();
      },
      pull: () => tellRead(),
      cancel() {
        end();
        tellRead();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: limits.streamBufferBytes }),
  );
}

const encoder = new TextEncoder();

/** One that says why nothing more comes. */
export function errorEvent(error: Refusal | Bug): Uint8Array {
  return event("error", problemOf(error));
}

/** Of what several readers are given, as one object. */
const known = new WeakMap<StreamPart, Uint8Array>();

function bytesOf(part: StreamPart): Uint8Array {
  const written = known.get(part);
  if (written) return written;
  const isItem = "item" in part;
  const bytes = isItem ? event("item", part.item, part.next) : event(part.mark, { next: part.next }, part.next);
  known.set(part, bytes);
  return bytes;
}

function event(name: string, data: unknown, next?: number): Uint8Array {
  const id = next === undefined ? "" : `id: ${next}\n`;
  return encoder.encode(`${id}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}
