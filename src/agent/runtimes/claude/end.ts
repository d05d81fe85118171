/** What the `result` line of Claude Code means: `subtype` says "success" of most failures too, so it is not what counts. */
import { type Failure, failureOfStatus } from "../../failure.ts";
import type { Ended } from "../dialogue.ts";
import { type Fields, list, text } from "../json-line.ts";

interface Known {
  readonly limitUntil: number | null;
  readonly apiError: string | null;
}

const BY_TERMINAL_REASON: Readonly<Record<string, Failure>> = {
  prompt_too_long: "context_full",
  blocking_limit: "limit",
  rapid_refill_breaker: "limit",
  max_turns: "turns",
  budget_exhausted: "budget",
  image_error: "invalid_request",
  aborted_streaming: "interrupted",
  aborted_tools: "interrupted",
  tool_deferred: "deferred",
  turn_setup_failed: "unknown",
};

const BY_API_ERROR: Readonly<Record<string, Failure>> = {
  authentication_failed: "auth",
  oauth_org_not_allowed: "auth",
  account_on_hold: "auth",
  verification_required: "auth",
  cloud_credential_error: "auth",
  billing_error: "billing",
  rate_limit: "limit",
  overloaded: "overloaded",
  model_not_found: "model",
  invalid_request: "invalid_request",
  server_error: "server",
};

const BY_SUBTYPE: Readonly<Record<string, Failure>> = {
  error_max_turns: "turns",
  error_max_budget_usd: "budget",
};

/** It has no class for that: what it says when `--resume` names a session that it does not find. */
const SESSION_GONE = /^No conversation found with session ID\b/;

/** Good is: no error, and an end of its own. Context that was full arrives as a success without an error. */
export function endOf(result: Fields, { limitUntil, apiError }: Known): Ended {
  const said = text(result.result);
  const errors = list(result.errors).flatMap((error) => text(error, 500) ?? []);
  const failure = errors.some((error) => SESSION_GONE.test(error)) ? "session_gone" : failureOf(result, apiError);
  if (failure === null) return { ok: true, failure: null, reason: null, text: said, until: null };
  const reason = text(result.result, 500) ?? errors[0] ?? text(result.terminal_reason, 100) ?? null;
  return { ok: false, failure, reason, text: said, until: failure === "limit" ? limitUntil : null };
}

function failureOf(result: Fields, apiError: string | null): Failure | null {
  const terminal = known(BY_TERMINAL_REASON, result.terminal_reason);
  if (terminal !== undefined) return terminal;
  const subtype = known(BY_SUBTYPE, result.subtype);
  if (subtype !== undefined) return subtype;
  if (result.is_error === false && result.subtype === "success") return null;
  const named = known(BY_API_ERROR, apiError);
  if (named !== undefined) return named;
  if (typeof result.api_error_status === "number") return failureOfStatus(result.api_error_status);
  return "unknown";
}

/** The agent's word may be any, "constructor" too. */
function known(table: Readonly<Record<string, Failure>>, word: unknown): Failure | undefined {
  return typeof word === "string" && Object.hasOwn(table, word) ? table[word] : undefined;
}
