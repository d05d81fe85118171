/** How a seed's clients know an operation: its name there, its fields, its answers, its codes. All of it is data. */
import type { RefusalCode } from "./refusal.ts";

/** Whose clients are meant. */
export type Seed = "aiwg" | "atom";

export type Fields = Readonly<Record<string, unknown>>;

export interface CompatContext {
  /** What they sent. */
  readonly theirs: Fields;
  /** Asks another operation as the same actor: what they get in one answer may be several of ours. */
  readonly ask: (name: string, input: object) => Promise<unknown>;
  /** Where this daemon answers over HTTP; undefined when it does not. */
  readonly address: string | undefined;
}

export interface Compat {
  readonly seed: Seed;
  /** aiwg: the JSON-RPC method. atom: HTTP methods and path, as `GET|POST /api/agent/status`. */
  readonly at: string;
  /** The input as we take it, from what they send. May refuse in their words. Default: nothing. */
  readonly input?: (theirs: Fields) => object;
  /** May refuse before ours is asked. */
  readonly before?: (context: CompatContext) => Promise<void>;
  /** What they are answered, from our output. Default: the same. */
  readonly answer?: (ours: Fields, context: CompatContext) => unknown;
  /** Their code for a refusal: a JSON-RPC number or an HTTP status. Default: ours. */
  readonly codes?: Partial<Readonly<Record<RefusalCode, number>>>;
  /** Their words for a refusal. */
  readonly words?: Partial<Readonly<Record<RefusalCode, (theirs: Fields) => string>>>;
  /** A refusal that is an answer to them: `{cancelled: false}` for what is not there. */
  readonly instead?: Partial<Readonly<Record<RefusalCode, unknown>>>;
}
