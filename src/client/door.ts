/** A way to the daemon: what both the socket and HTTP do for the typed client, and the limits that both keep. */
import type { StreamPart } from "../core/stream.ts";

export interface Asked {
  readonly operation: string;
  readonly input: object;
  readonly requestId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the answer, or the first word of a stream, may take, in ms. */
  readonly timeoutMs: number;
}

export interface Door {
  call(asked: Asked): Promise<unknown>;
  /** Over a connection of its own, read at the reader's pace. Throws when it breaks off. */
  stream(asked: Asked): AsyncIterable<StreamPart>;
  close(): Promise<void>;
}

/** A longer answer, or item of a stream, is not gathered, in bytes. */
export const ANSWER_BYTES = 64 * 1024 * 1024;

/** Calls that may wait for their answers at once. */
export const MAX_PENDING = 10_000;
