/** Brings a stream to its reader at the reader's pace. One that does not read is left alone, with a word about where to go on. */
import type { StreamPart } from "../../core/stream.ts";

/** How long a reader may leave what was sent unread before it is dropped, in ms. */
export const STALL_MS = 30_000;

export interface Sink {
  send(part: StreamPart): void;
  /** At once while the reader keeps up; else when it has, or with false when it did not within `STALL_MS`. */
  caughtUp(): Promise<boolean>;
}

/** Resolves when nothing more comes. Throws what the stream throws. */
export async function pump(parts: AsyncIterable<StreamPart>, sink: Sink): Promise<"ended" | "dropped"> {
  for await (const part of parts) {
    sink.send(part);
    if (await sink.caughtUp()) continue;
    sink.send({ mark: "dropped", next: part.next });
    return "dropped";
  }
  return "ended";
}
