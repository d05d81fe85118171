/** The one catalogue of expected "no"s, and what each is called on every transport. */

export interface RefusalFacts {
  readonly http: number;
  readonly rpc: number;
  readonly exit: number;
  /** May the same call succeed later without being changed? */
  readonly retry: "no" | "after the answer" | "after";
  readonly meaning: string;
}

export const REFUSALS = {
  invalid_input: { http: 400, rpc: -32602, exit: 2, retry: "no", meaning: "the input does not fit the operation" },
  unauthenticated: { http: 401, rpc: -32010, exit: 6, retry: "no", meaning: "who asks is not known" },
  denied: { http: 403, rpc: -32011, exit: 6, retry: "no", meaning: "who asks may not do this" },
  not_found: { http: 404, rpc: -32000, exit: 4, retry: "no", meaning: "no such thing" },
  conflict: { http: 409, rpc: -32001, exit: 5, retry: "no", meaning: "the state it is in does not allow this" },
  approval_required: {
    http: 202,
    rpc: -32012,
    exit: 7,
    retry: "after the answer",
    meaning: "a person has to answer first",
  },
  too_large: { http: 413, rpc: -32013, exit: 2, retry: "no", meaning: "a named limit is exceeded" },
  queue_full: { http: 429, rpc: -32002, exit: 8, retry: "after", meaning: "the queue takes no more tasks" },
  rate_limited: { http: 429, rpc: -32002, exit: 8, retry: "after", meaning: "too many calls" },
  unavailable: {
    http: 503,
    rpc: -32003,
    exit: 8,
    retry: "after",
    meaning: "the store, the disk or the engine cannot serve this now",
  },
} as const satisfies Record<string, RefusalFacts>;

export type RefusalCode = keyof typeof REFUSALS;

/** Exit codes that are not refusals. */
export const EXIT = {
  ok: 0,
  runFailed: 1,
  /** Somebody was asked whether they mean it, and did not say yes: nothing was done. */
  notConfirmed: 1,
  usage: 2,
  noDaemon: 3,
  conflict: 5,
  nothingToDo: 9,
  bug: 70,
  configuration: 78,
} as const;

/** JSON-RPC 2.0 numbers for what never reaches an operation, and for bugs. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  internal: -32603,
} as const;

export interface RefusalDetails {
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
  /** Facts for programs: offending field, cycle path, limit … */
  readonly data?: Readonly<Record<string, unknown>>;
  /** See `Refusal.number`. */
  readonly number?: number | undefined;
}

/** An expected "no". It costs the caller this call and nobody anything else. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** What a seed's client calls it: a JSON-RPC number or an HTTP status in place of ours. */
  readonly number: number | undefined;

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.hint = details.hint;
    this.data = details.data;
    this.number = details.number;
  }
}

export function refuse(code: RefusalCode, message: string, details?: RefusalDetails): never {
  throw new Refusal(code, message, details);
}
