/** Lets a response flow at its reader's pace within bounded memory: one that leaves too much unread is dropped. */
import type { Clock, Timer } from "../../core/clock.ts";

export interface BoundedReader {
  readonly unreadBytes: number;
  readonly stallMs: number;
  readonly clock: Clock;
  /** Called once, when nothing more flows. */
  readonly onEnd: () => void;
}

export function boundedReader(response: Response, options: BoundedReader): Response {
  if (!response.body) {
    options.onEnd();
    return response;
  }
  const { status, headers } = response;
  return new Response(bounded(response.body.getReader(), options), { status, headers });
}

function bounded(
  source: ReadableStreamDefaultReader<Uint8Array>,
  { unreadBytes, stallMs, clock, onEnd }: BoundedReader,
): ReadableStream<Uint8Array> {
  let stall: Timer | undefined;
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    stall?.cancel();
    onEnd();
  };

  async function flow(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const drop = () => {
      controller.error(new Error("the reader does not read"));
      source.cancel().catch(() => {});
      end();
    };
    try {
      for (;;) {
        const { done, value } = await source.read();
        if (isOver) return;
        if (done) break;
        // A single long answer is no sign of a slow reader.
        if (unread(controller) > 0 && unread(controller) + value.length > unreadBytes) return drop();
        controller.enqueue(value);
        if (unread(controller) > 0) stall ??= clock.after(stallMs, drop);
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
