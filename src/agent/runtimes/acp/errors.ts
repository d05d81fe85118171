/** Errors, which the protocol leaves to each agent: by their codes and data where there are any, else by their words. */
import { cutText } from "../../../core/cut.ts";
import { type Failure, failureOfStatus } from "../../failure.ts";
import { type Fields, fields, number, text } from "../json-line.ts";
import { knownAgent } from "./known-agents.ts";
import { at } from "./state.ts";

/** agentclientprotocol.com, Error codes. */
const BY_CODE: Readonly<Record<string, Failure>> = {
  "-32000": "auth",
  "-32800": "interrupted",
  "-32700": "protocol",
  "-32600": "protocol",
  "-32601": "protocol",
  "-32602": "protocol",
};

/** `data.errorKind` and `data.codexErrorInfo`, of the adapters for Claude Code and Codex. */
const BY_KIND: Readonly<Record<string, Failure>> = {
  authentication_failed: "auth",
  billing_error: "billing",
  rate_limit: "limit",
  overloaded: "overloaded",
  invalid_request: "invalid_request",
  model_not_found: "model",
  server_error: "server",
  contextWindowExceeded: "context_full",
  usageLimitExceeded: "limit",
  rateLimitExceeded: "limit",
  serverOverloaded: "overloaded",
  unauthorized: "auth",
  badRequest: "invalid_request",
};

/** Only of errors, never of what a model says. The first that fits. */
const BY_WORDS: readonly (readonly [RegExp, Failure])[] = [
  [
    /context.{0,10}(window|length|limit)|(prompt|input|request).{0,20}too (long|large)|exceeds the maximum number of tokens/i,
    "context_full",
  ],
  [/insufficient_quota|credit balance|out of credits|payment required/i, "billing"],
  [/rate.?limit|quota|too many requests|usage.?limit|resource.?exhausted|\b429\b/i, "limit"],
  [/overloaded|at capacity|service unavailable|\b(503|529)\b/i, "overloaded"],
  [
    /api.?key|unauthori[sz]ed|unauthenticated|authenticat|not logged in|credentials|permission.?denied|\b40[13]\b/i,
    "auth",
  ],
  [/model.{0,60}(not found|not supported|not available|does not exist|unknown)|unknown model/i, "model"],
  [/ECONN|ENOTFOUND|EAI_AGAIN|fetch failed|socket|terminated|network|connection/i, "network"],
  [/internal server error|server error|\b50[0-9]\b/i, "server"],
  [/bad request|invalid.?request|\b400\b/i, "invalid_request"],
];

export function failureOfError(error: Fields, program: string): Failure {
  const data = fields(error.data);
  const kind = [data.errorKind, data.codexErrorInfo].find((value) => typeof value === "string");
  const named = typeof kind === "string" ? at(BY_KIND, kind) : undefined;
  if (named !== undefined) return named;
  const words = wordsOf(error);
  const status = statusOf(error);
  const said = failureOfWords(words, program);
  // A status says little where the words say that it was the context, the money or the model.
  if (said === "context_full" || said === "billing" || (said === "model" && status === 400)) return said;
  if (status !== undefined) return failureOfStatus(status);
  return at(BY_CODE, String(error.code)) ?? said;
}

export function failureOfWords(words: string, program: string): Failure {
  const table = [...(knownAgent(program).failures ?? []), ...BY_WORDS];
  return table.find(([pattern]) => pattern.test(words))?.[1] ?? "unknown";
}

export function reasonOfError(error: Fields): string {
  const message = text(String(error.message ?? "").replace(/^Internal error: /, ""), 2_000);
  const inner = message === null ? null : innerMessage(message);
  const details = text(fields(error.data).details, 300) ?? text(fields(error.data).message, 300);
  const said = [inner ?? message, details].filter((part) => part !== null);
  return said.length === 0
    ? `error ${text(JSON.stringify(error.code) ?? "", 50) ?? ""}`
    : cutText(said.join(": "), 500);
}

/** An API's answer that was passed on as it came, as text. */
function innerMessage(message: string): string | null {
  try {
    const { error } = fields(JSON.parse(message.slice(message.indexOf("{"))));
    return text(fields(error).message, 500);
  } catch {
    return null;
  }
}

function wordsOf(error: Fields): string {
  const { message, details, errorName, name } = fields(error.data);
  return [error.message, message, details, errorName, name].filter((part) => typeof part === "string").join("\n");
}

function statusOf({ code, data }: Fields): number | undefined {
  const { statusCode, status, code: inner, httpStatusCode } = fields(data);
  const found = [code, statusCode, status, inner, httpStatusCode].map(number);
  return found.find((value): value is number => value !== null && value >= 400 && value < 600);
}

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^ms|^milli/i, 1],
  [/^s/i, 1_000],
  [/^m/i, 60_000],
  [/^h/i, 3_600_000],
  [/^d/i, 24 * 3_600_000],
];

/** Longest limit that is believed, in ms: what is longer is asked again. */
const MAX_LIMIT_MS = 31 * 24 * 3_600_000;

/** When it says that it may be tried again, epoch ms: "retry in 34.5s", "try again in 3 days 6 hours". */
export function untilOf(error: Fields, now: number): number | null {
  return untilOfWords(wordsOf(error), now);
}

export function untilOfWords(words: string, now: number): number | null {
  const [, span] =
    /(?:again|retry|reset\w*|available) (?:in|after) ((?:\d[\d.]*\s*[a-z]+[\s,]*(?:and )?)+)/i.exec(words) ?? [];
  if (span === undefined) return null;
  const ms = [...span.matchAll(/(\d[\d.]*)\s*([a-z]+)/gi)].reduce(
    (sum, [, amount, unit]) => sum + msOf(amount, unit),
    0,
  );
  return Number.isFinite(ms) && ms > 0 && ms <= MAX_LIMIT_MS ? now + Math.round(ms) : null;
}

function msOf(amount = "", unit = ""): number {
  return Number(amount) * (UNITS.find(([pattern]) => pattern.test(unit))?.[1] ?? Number.NaN);
}
