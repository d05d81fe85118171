/** What the dialogue of the protocol remembers between two lines: small, and JSON throughout. */
import type { Making } from "../conversation.ts";
import type { DialogueState } from "../dialogue.ts";
import type { Fields } from "../json-line.ts";

/** JSON-RPC 2.0, 4: what a request is answered under. */
export type RpcId = string | number;

export interface AcpOwn {
  /** What is known of it stands under this name. */
  readonly program: string;
  readonly workspace: string;
  readonly bridge: { readonly command: string; readonly args: readonly string[] } | null;
  /** Which model it is to be told to use, where its arguments do not. */
  readonly wantedModel: string | null;
  /** It may not choose by itself what it does unasked. */
  readonly isToAsk: boolean;
  /** Its mode in which it asks; null where it offers none. */
  readonly asking: Asking | null;
  /** The session that is to be taken up. */
  readonly resumes: string | null;
  readonly phase: "greeting" | "opening" | "choosing" | "restraining" | "working";
  /** Of the session that is open, whether it can be taken up again or not. */
  readonly sessionId: string | null;
  /** Requests of ours so far; the last one is the one that is waited for. */
  readonly requests: number;
  /** What it tells now was told in an earlier run. */
  readonly isReplaying: boolean;
  /** A session of it can be taken up again. */
  readonly keepsSessions: boolean;
  readonly wasInterrupted: boolean;
  readonly open: Readonly<Record<string, Open>>;
  readonly calls: Readonly<Record<string, Call>>;
  readonly words: Words;
  /** The error that it said last, where nothing followed it. */
  readonly errorSaid: string | null;
  /** The last denial, where nothing of its own followed yet. */
  readonly denial: { readonly title: string; readonly note: string | null } | null;
  /** How often it was told to go on after a denial. */
  readonly nudges: number;
  /** Something of this run's work was told. */
  readonly hasActed: boolean;
  /** What its process has spent, where it tells that. */
  readonly processTokens: Tokens;
}

/** A mode of its session in which it asks. */
export interface Asking {
  readonly mode: string;
  /** The option of the session that stands for its mode, where agents offer it as one. */
  readonly configId: string | null;
  readonly isIn: boolean;
  /** How often it was set back; the last time is that of `backId`. */
  readonly returns: number;
  /** The request that sets it back, until it is answered. */
  readonly backId: string | null;
}

export interface Open {
  readonly id: RpcId;
  readonly callId: string;
  readonly title: string;
  readonly name: string;
  readonly allow: string | null;
  readonly reject: string | null;
}

export interface Call {
  readonly name: string;
  readonly isTold: boolean;
  /** How often it was asked for. */
  readonly asked: number;
  readonly wasDenied: boolean;
  /** What was told of what it would do; null when that is too long to be remembered. */
  readonly told: Fields | null;
}

/** What it says comes in pieces. */
export interface Words {
  readonly kind: "text" | "thought";
  /** Gathered, and not told yet. */
  readonly rest: string;
  /** All that it said since it last did something: its last word, when it ends. */
  readonly last: string;
  /** The agent's own name for the message. */
  readonly message: string | null;
}

export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

export const NO_TOKENS: Tokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
export const NO_WORDS: Words = { kind: "text", rest: "", last: "", message: null };

export type State = DialogueState<AcpOwn>;
export type AcpMaking = Making<AcpOwn>;

/** Keys are the agent's: what every object has is no entry. */
export function at<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
