/** Answers that go on: items from a number on, so that a reader who was cut off goes on where it stood. */
import type * as z from "zod";
import type { Call } from "./call.ts";

/** Said between the items: what a reader has missed, or why nothing more comes. */
export type Mark =
  /** Said first to a reader who named no number: here it begins. */
  | { readonly mark: "begin"; readonly next: number }
  /** Items before `next` are no longer kept. */
  | { readonly mark: "gap"; readonly next: number }
  /** The reader was too slow and is left alone; it may come back with `next`. */
  | { readonly mark: "dropped"; readonly next: number };

export interface Streaming<Context, Input extends z.ZodType, Item extends z.ZodType> {
  readonly item: Item;
  /** The input field in which a reader says where to go on, and what it says there after an item. */
  readonly resume: { readonly field: string; readonly next: (item: z.output<Item>) => number };
  /** Refuses before it gives anything. Ends by itself, or when `signal` is aborted; nobody waits for a reader. */
  readonly open: (
    context: Context & Call,
    input: z.output<Input>,
  ) => Promise<AsyncIterable<z.input<Item> | Mark>> | AsyncIterable<z.input<Item> | Mark>;
}

export type StreamPart = { readonly item: unknown; readonly next: number } | Mark;

export interface OpenStream {
  readonly resumeField: string;
  readonly parts: AsyncIterable<StreamPart>;
}

export function isMark(part: unknown): part is Mark {
  return typeof part === "object" && part !== null && "mark" in part;
}
