/** A "no" over HTTP: a problem document (RFC 9457) with the refusal's code, sentence and hint. */
import { Bug, UnknownOperation } from "../../core/operation.ts";
import { REFUSALS, Refusal, type RefusalCode, type RefusalDetails } from "../../core/refusal.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** What a client waits that was not told how long, in seconds. */
const RETRY_SECONDS = 1;

export interface Problem {
  /** `urn:steward:refusal:not_found`; the reference of errors explains each. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: RefusalCode | "internal";
  readonly hint?: string;
  readonly retry?: "no" | "after the answer" | "after";
  readonly data?: Readonly<Record<string, unknown>>;
  /** Of a bug: its id, under which the log has everything. */
  readonly instance?: string;
}

export interface HttpDetails extends RefusalDetails {
  /** Where HTTP has a status of its own for it, such as 405. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
}

/** A refusal that only HTTP can give. */
export class HttpRefusal extends Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RefusalCode,
    message: string,
    { status, headers = {}, retryAfterMs, ...details }: HttpDetails = {},
  ) {
    super(code, message, details);
    this.status = status ?? REFUSALS[code].http;
    const wait = retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
    this.headers = { ...headers, ...wait };
  }
}

export function problemOf(error: Refusal | Bug | UnknownOperation): Problem {
  if (error instanceof UnknownOperation) return problemOf(new Refusal("not_found", error.message));
  if (error instanceof Bug) {
    const type = "urn:steward:bug";
    const instance = `${type}:${error.id}`;
    return { type, title: "something unexpected", status: 500, detail: error.message, code: "internal", instance };
  }
  const { http, retry, meaning } = REFUSALS[error.code];
  return {
    type: `urn:steward:refusal:${error.code}`,
    title: meaning,
    status: error instanceof HttpRefusal ? error.status : http,
    detail: error.message,
    code: error.code,
    ...(error.hint !== undefined && { hint: error.hint }),
    retry,
    ...(error.data !== undefined && { data: error.data }),
  };
}

/** Everything of an answer that is a problem. */
export function problemAnswer(error: Refusal | Bug | UnknownOperation) {
  const problem = problemOf(error);
  const headers: Record<string, string> = { "content-type": PROBLEM_TYPE };
  if (problem.retry === "after") headers["retry-after"] = String(RETRY_SECONDS);
  if (problem.code === "unauthenticated") headers["www-authenticate"] = 'Bearer realm="steward"';
  return {
    status: problem.status,
    headers: { ...headers, ...(error instanceof HttpRefusal && error.headers) },
    body: JSON.stringify(problem),
  };
}

export function problemResponse(error: Refusal | Bug | UnknownOperation): Response {
  const { status, headers, body } = problemAnswer(error);
  return new Response(body, { status, headers });
}
