/** What the end of a turn of Codex means: its status, and the class that Codex itself gives to an error. */
import { type Failure, failureOfStatus } from "../../failure.ts";
import type { Ended } from "../dialogue.ts";
import { type Fields, fields, isFields, list, number, text } from "../json-line.ts";

/** `CodexErrorInfo` of the app server's protocol, where it is a word. */
const BY_WORD: ReadonlyMap<string, Failure> = new Map<string, Failure>(
  Object.entries({
    contextWindowExceeded: "context_full",
    sessionBudgetExceeded: "budget",
    usageLimitExceeded: "limit",
    rateLimitExceeded: "limit",
    flexUnavailable: "overloaded",
    serverOverloaded: "overloaded",
    policyCapacityUnavailable: "overloaded",
    modelNotFound: "model",
    inferenceHookDenied: "refused",
    cyberPolicy: "refused",
    misalignmentPolicyViolation: "refused",
    tooManyDenials: "refused",
    internalServerError: "server",
    unauthorized: "auth",
    badRequest: "invalid_request",
  } satisfies Record<string, Failure>),
);

/** Where it is an object: a connection that failed, with the status of HTTP where there was one. */
const CONNECTIONS = [
  "httpConnectionFailed",
  "responseStreamConnectionFailed",
  "responseStreamDisconnected",
  "responseTooManyFailedAttempts",
];

/** Of its own words only these two are read: it has no class for them. */
const MISSING_KEY = /^Missing environment variable\b/;
const NO_MONEY = /^Quota exceeded\b|\bbilling details\b/;

/** Of a `TurnError`; null for what says nothing. */
export function failureOfError(error: Fields): Failure | null {
  const { codexErrorInfo: info } = error;
  const message = text(error.message, 2_000) ?? "";
  if (MISSING_KEY.test(message)) return "auth";
  if (typeof info === "string") {
    const failure = BY_WORD.get(info) ?? null;
    return failure === "limit" && NO_MONEY.test(message) ? "billing" : failure;
  }
  if (!isFields(info)) return null;
  for (const name of CONNECTIONS) {
    const connection = info[name];
    if (!isFields(connection)) continue;
    const status = number(connection.httpStatusCode);
    return status === null ? "network" : failureOfStatus(status);
  }
  return null;
}

interface Known {
  /** After which failure it had tried again, the last time. */
  readonly retryingAfter: Failure | null;
  readonly lastText: string | null;
  readonly deferred: string | null;
}

/** Without the time at which a limit ends, which a turn does not tell. Good is only a turn that is completed, without an error. */
export function endOfTurn(turn: Fields, { retryingAfter, lastText, deferred }: Known): Ended {
  const error = fields(turn.error);
  const said = lastWordOf(turn) ?? lastText;
  const bad = (failure: Failure, reason: string | null): Ended => ({
    ok: false,
    failure,
    reason,
    text: said,
    until: null,
  });
  if (turn.status === "completed" && !isFields(turn.error)) {
    return { ok: true, failure: null, reason: null, text: said, until: null };
  }
  if (turn.status === "interrupted") {
    return deferred === null ? bad("interrupted", "it was told to stop") : bad("deferred", deferred);
  }
  const reason = text(error.message, 500) ?? `its turn ended as ${text(turn.status, 50) ?? "nothing that is known"}`;
  return bad(failureOfError(error) ?? retryingAfter ?? "unknown", reason);
}

function lastWordOf(turn: Fields): string | null {
  const said = list(turn.items).filter((item) => isFields(item) && item.type === "agentMessage");
  return text(fields(said.at(-1)).text);
}
