/** What the dialogue with Codex has to remember between two lines: small, JSON, and nothing that its events say already. */
import type { Permissions } from "../../agent.ts";
import type { Failure } from "../../failure.ts";
import type { DialogueState } from "../dialogue.ts";

/** What the thread is opened with, from the settings and the run. */
export interface Opening {
  readonly cwd: string;
  readonly model: string | null;
  readonly permissions: Permissions;
  /** The thread that is taken up again. */
  readonly resumes: string | null;
  readonly bridge: { readonly command: string; readonly args: readonly string[] } | null;
  /** A home of the task's own: there is no configuration in it, and nothing that is trusted. */
  readonly isScratch: boolean;
  /** Servers of the user's own configuration are switched off but for these; null: none is. */
  readonly keptServers: readonly string[] | null;
}

export interface Change {
  readonly path: string;
  readonly kind: unknown;
  readonly diff: string;
}

/** An open question, and in which words it is answered. */
export interface Open {
  readonly id: string | number;
  readonly answeredAs: "decision" | "action" | "permissions";
  /** All that it asks for, where the answer has to say what is granted. */
  readonly permissions?: unknown;
}

/** How far a usage limit is used up. */
export interface Window {
  readonly usedPercent: number;
  /** Epoch ms. */
  readonly resetsAt: number | null;
}

/** As Codex counts: the input includes what was read from the cache and written to it. */
export interface Tokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

export interface CodexOwn {
  readonly opening: Opening;
  readonly turn: string | null;
  /** Of the next request of ours. */
  readonly nextId: number;
  /** Tools whose calls have begun and are not over, by the call's id. */
  readonly calls: Readonly<Record<string, string>>;
  /** What such a call would change: a question about it names only its id. */
  readonly patches: Readonly<Record<string, readonly Change[]>>;
  readonly open: Readonly<Record<string, Open>>;
  /** Calls that were asked about already: a second question about one is another question. */
  readonly asked: readonly string[];
  /** Totals by thread, for Codex tells of those only: its sub-agents have threads of their own. */
  readonly spent: Readonly<Record<string, Tokens>>;
  readonly windows: Readonly<Record<string, Window>>;
  /** What it tries again after, while it does: its last word may not say it any more. */
  readonly retryingAfter: Failure | null;
  readonly lastText: string | null;
  /** What was left to a later run, in words for whoever goes on. */
  readonly deferred: string | null;
}

export type CodexState = DialogueState<CodexOwn>;

export function freshOwn(opening: Opening): CodexOwn {
  return {
    opening,
    turn: null,
    nextId: FIRST_FREE_ID,
    calls: {},
    patches: {},
    open: {},
    asked: [],
    spent: {},
    windows: {},
    retryingAfter: null,
    lastText: null,
    deferred: null,
  };
}

/** Our requests before the work begins, in this order. */
export const ID = { initialize: 1, account: 2, configuration: 3, thread: 4, turn: 5 } as const;
const FIRST_FREE_ID = 6;

/** Most calls, questions and threads that are remembered at once, and most patches, which may be long. */
export const MOST_REMEMBERED = 50;
export const MOST_PATCHES = 5;

type Remembered<T> = Readonly<Record<string, T>>;

export function remember<T>(record: Remembered<T>, key: string, value: T, most = MOST_REMEMBERED): Remembered<T> {
  const entries = Object.entries(without(record, key));
  return Object.fromEntries([...entries, [key, value] as const].slice(-most));
}

/** Keys are the agent's own words: one may be the name of something that every object has. */
export function recall<T>(record: Remembered<T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export function without<T>(record: Remembered<T>, key: string): Remembered<T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
