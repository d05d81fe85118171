/** Lets a response flow at its reader's pace within bounded memory, for as long as its token is good: one that leaves too much unread is dropped. */
import type { Lapse } from "../../access/lapse.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Refusal } from "../../core/refusal.ts";
import { EVENT_STREAM, errorEvent } from "../rest/event-stream.ts";
import type { Unread } from "../unread.ts";

export interface BoundedReader {
  readonly unreadBytes: number;
  readonly stallMs: number;
  readonly clock: Clock;
  readonly lapse: Lapse;
  /** What all clients leave unread; `unreadBytes` is what this one may. */
  readonly unread: Unread;
  /** Called once, when nothing more flows. */
  readonly onEnd: () => void;
}

export function boundedReader(response: Response, options: BoundedReader): Response {
  if (!response.body) {
    options.onEnd();
    return response;
  }
  const { status, headers } = response;
  const isStream = headers.get("content-type")?.startsWith(EVENT_STREAM) ?? false;
  const lapse = isStream ? options.lapse : () => () => {};
  return new Response(bounded(response.body.getReader(), { ...options, lapse }), { status, headers });
}

function bounded(
  source: ReadableStreamDefaultReader<Uint8Array>,
  { unreadBytes, stallMs, clock, lapse, unread: all, onEnd }: BoundedReader,
): ReadableStream<Uint8Array> {
  let stall: Timer | undefined;
  let isOver = false;
  let listenNoMore = () => {};
  let holdNoMore = () => {};
  const end = () => {
    if (isOver) return;
    isOver = true;
    stall?.cancel();
    listenNoMore();
    holdNoMore();
    onEnd();
  };

  async function flow(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const drop = () => {
      controller.error(new Error("the reader does not read"));
      source.cancel().catch(() => {});
      end();
    };
    /** Its reader's token is good no more: whoever reads is told so, as over REST. */
    const lapsed = (why: Refusal) => {
      if (unread(controller) > 0) return drop();
      controller.enqueue(errorEvent(why));
      source.cancel().catch(() => {});
      end();
      controller.close();
    };
    listenNoMore = lapse(lapsed);
    holdNoMore = all.hold({ unreadBytes: () => unread(controller), letGo: drop });
    try {
      for (;;) {
        const { done, value } = await source.read();
        if (isOver) return;
        if (done) break;
        // A single long answer is no sign of a slow reader.
        if (unread(controller) > 0 && unread(controller) + value.length > unreadBytes) return drop();
        controller.enqueue(value);
        if (unread(controller) <= 0) continue;
        stall ??= clock.after(stallMs, drop);
        all.written();
        if (isOver) return;
      }
      end();
      controller.close();
    } catch (error) {
      end();
      controller.error(error);
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => void flow(controller),
      // Called whenever all was read.
      pull() {
        stall?.cancel();
        stall = undefined;
        all.read();
      },
      cancel(reason) {
        end();
        return source.cancel(reason);
      },
    },
    { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk?.length ?? 0 },
  );
}

const HIGH_WATER_BYTES = 1;

function unread(controller: ReadableStreamDefaultController<Uint8Array>): number {
  return HIGH_WATER_BYTES - (controller.desiredSize ?? HIGH_WATER_BYTES);
}
