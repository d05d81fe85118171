/** How a seed's clients know an operation: its name there, its fields, its answers, its codes. All of it is data. */
import type { RefusalCode } from "./refusal.ts";

/** Whose clients are meant. */
export type Seed = "aiwg" | "atom";

export interface Compat {
  readonly seed: Seed;
  /** aiwg: the JSON-RPC method. atom: HTTP methods and path, as `GET|POST /api/agent/status`. */
  readonly at: string;
  /** The input as we take it, from what they send. */
  readonly input?: (theirs: Readonly<Record<string, unknown>>) => unknown;
  /** What they are answered, from our output. `theirs` is what they sent. */
  readonly answer?: (ours: never, theirs: Readonly<Record<string, unknown>>) => unknown;
  /** Their code for a refusal: a JSON-RPC number or an HTTP status. */
  readonly codes?: Partial<Readonly<Record<RefusalCode, number>>>;
  /** A refusal that is an answer to them: `{cancelled: false}` for what is not there. */
  readonly answers?: Partial<Readonly<Record<RefusalCode, unknown>>>;
}
