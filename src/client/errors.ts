/** What a client throws: the daemon's "no", a daemon that cannot be asked, and a bug. */
import { REFUSALS, RPC } from "../core/refusal.ts";
import type { RefusalCode } from "./operations.generated.ts";

/** An expected "no", with a code from the one catalogue. */
export class StewardRefusal extends Error {
  readonly code: RefusalCode;
  /** What you can do about it, as a sentence. */
  readonly hint: string | undefined;
  /** Facts for programs: offending fields, a limit … */
  readonly data: Readonly<Record<string, unknown>>;
  /** May the same call succeed later without being changed? */
  readonly retry: "no" | "after the answer" | "after";

  constructor(refusal: {
    readonly code: RefusalCode;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly data?: Readonly<Record<string, unknown>>;
  }) {
    super(refusal.message);
    this.name = "StewardRefusal";
    this.code = refusal.code;
    this.hint = refusal.hint;
    this.data = refusal.data ?? {};
    this.retry = REFUSALS[refusal.code].retry;
  }
}

export type UnreachableReason =
  /** Nobody answers there. */
  | "no_daemon"
  /** The connection broke before the answer came: only a call under a request id can be repeated safely. */
  | "lost"
  /** It took the question and did not answer in time. */
  | "timeout"
  /** What answers there is no Steward. */
  | "not_steward"
  /** A stream was read too slowly and was ended by the daemon. */
  | "dropped"
  /** This client was closed. */
  | "closed";

/** No answer could be had; for all but `no_daemon` and `closed` nobody knows whether it was done. */
export class StewardUnreachable extends Error {
  readonly reason: UnreachableReason;
  readonly hint: string | undefined;
  /** Of a stream that broke off: where to go on. */
  next: number | undefined;

  constructor(reason: UnreachableReason, message: string, hint?: string) {
    super(message);
    this.name = "StewardUnreachable";
    this.reason = reason;
    this.hint = hint;
  }
}

/** Something unexpected went wrong in the daemon; its log has the whole error under this id. */
export class StewardBug extends Error {
  readonly id: string | undefined;

  constructor(message: string, id?: string) {
    super(message);
    this.name = "StewardBug";
    this.id = id;
  }
}

/** What the daemon said instead of a result: by its code where it has one, else by its JSON-RPC number. */
export function answeredError(said: {
  readonly message: string;
  readonly number?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}): StewardRefusal | StewardBug {
  const { code, hint, retry: _, id, ...data } = said.data ?? {};
  if (isRefusalCode(code)) {
    return new StewardRefusal({ code, message: said.message, hint: typeof hint === "string" ? hint : undefined, data });
  }
  if (said.number === RPC.methodNotFound) {
    return new StewardBug(`${said.message} The daemon is of another version; run \`steward restart\`.`);
  }
  return new StewardBug(said.message, typeof id === "string" ? id : undefined);
}

function isRefusalCode(code: unknown): code is RefusalCode {
  return typeof code === "string" && Object.hasOwn(REFUSALS, code);
}

/** The daemon is gone or going: the same question may be answered by the next one. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StewardRefusal) return error.code === "unavailable" || error.code === "rate_limited";
  return error instanceof StewardUnreachable && ["no_daemon", "lost", "dropped"].includes(error.reason);
}

export function noDaemon(where: string): StewardUnreachable {
  return new StewardUnreachable("no_daemon", `No daemon answers at ${where}.`, "Start one with `steward start`.");
}

export function lost(): StewardUnreachable {
  return new StewardUnreachable("lost", "The connection broke before the answer came.", "See `steward logs`.");
}

export function silent(timeoutMs: number): StewardUnreachable {
  const message = `The daemon took the question but did not answer within ${timeoutMs / 1000} s.`;
  return new StewardUnreachable("timeout", message, "See `steward logs`, or give a longer timeoutMs.");
}

export function notSteward(where: string): StewardUnreachable {
  return new StewardUnreachable("not_steward", `What answers at ${where} is no daemon of Steward.`);
}

export function closed(): StewardUnreachable {
  return new StewardUnreachable("closed", "This client is closed.");
}
