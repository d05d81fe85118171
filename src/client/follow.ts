/** Reads a stream over every break in its connection: from where it stood, as long as somebody reads. */
import { setTimeout as pause } from "node:timers/promises";
import type { Door } from "./door.ts";
import { isPassing, StewardUnreachable } from "./errors.ts";
import type { StreamOptions } from "./method.ts";

/** Between two tries, in ms: doubled from the first to the last. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 5_000;

/** How long a stream that is to reconnect looks for a daemon unless told otherwise, in ms. */
const RECONNECT_MS = 10 * 60_000;

interface Followed {
  readonly door: Door;
  readonly operation: string;
  readonly input: object;
  /** The input field in which a reader says where to go on. */
  readonly resume: string;
  readonly timeoutMs: number;
  readonly options: StreamOptions;
}

export async function* follow({
  door,
  operation,
  input,
  resume,
  timeoutMs,
  options,
}: Followed): AsyncGenerator<unknown> {
  const { signal, reconnect, onGap } = options;
  const forMs = typeof reconnect === "object" ? reconnect.forMs : reconnect ? RECONNECT_MS : 0;
  const begin = (input as Readonly<Record<string, unknown>>)[resume];
  let next = typeof begin === "number" ? begin : undefined;
  let brokenSince: number | undefined;
  for (let tries = 0; ; tries++) {
    try {
      const from = next === undefined ? input : { ...input, [resume]: next };
      for await (const part of door.stream({ operation, input: from, signal, timeoutMs })) {
        brokenSince = undefined;
        tries = 0;
        if ("mark" in part && part.mark === "gap") onGap?.({ after: next, next: part.next });
        next = part.next;
        if ("item" in part) yield part.item;
        else if (part.mark === "dropped") throw droppedAt();
      }
      return;
    } catch (error) {
      brokenSince ??= performance.now();
      if (!isPassing(error) || performance.now() - brokenSince >= forMs) throw withNext(error, next);
      // What came while nobody listened is lost to one that began with "from now on" and has no number yet.
      if (next === undefined && tries === 0) onGap?.({ after: undefined, next: undefined });
    }
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tries, 10), LAST_PAUSE_MS), undefined, { signal });
  }
}

function droppedAt(): StewardUnreachable {
  return new StewardUnreachable(
    "dropped",
    "The stream was read too slowly and was ended.",
    "Read faster, or open it again from `next`.",
  );
}

function withNext(error: unknown, next: number | undefined): unknown {
  if (error instanceof StewardUnreachable) error.next = next;
  return error;
}
