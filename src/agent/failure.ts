/** Why an agent could not do its work, in classes that say what is to follow, whichever vendor's words it used. */

export const FAILURES = [
  "limit",
  "overloaded",
  "auth",
  "billing",
  "model",
  "context_full",
  "session_gone",
  "invalid_request",
  "server",
  "network",
  "budget",
  "turns",
  "refused",
  "interrupted",
  "deferred",
  "protocol",
  "unknown",
] as const;
export type Failure = (typeof FAILURES)[number];

/** RFC 9110, 15, and 529, which Anthropic's API gives when it is overloaded. */
export function failureOfStatus(status: number): Failure {
  if (status === 401 || status === 403) return "auth";
  if (status === 402) return "billing";
  if (status === 404) return "model";
  if (status === 413) return "context_full";
  if (status === 429) return "limit";
  if (status === 503 || status === 529) return "overloaded";
  if (status >= 500) return "server";
  return status >= 400 ? "invalid_request" : "unknown";
}
