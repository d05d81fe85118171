import { expect, test } from "vitest";
import { endOfTurn } from "./end.ts";

const KNOWN = { retryingAfter: null, lastText: null, deferred: null };
const failed = (codexErrorInfo: unknown, message = "m") => ({
  ...{ id: "turn", items: [], status: "failed" },
  error: { message, codexErrorInfo, additionalDetails: null },
});

test.each([
  ["usageLimitExceeded", "limit"],
  ["rateLimitExceeded", "limit"],
  ["serverOverloaded", "overloaded"],
  ["internalServerError", "server"],
  ["contextWindowExceeded", "context_full"],
  ["unauthorized", "auth"],
  ["modelNotFound", "model"],
  ["badRequest", "invalid_request"],
  ["cyberPolicy", "refused"],
  ["sessionBudgetExceeded", "budget"],
  [{ responseTooManyFailedAttempts: { httpStatusCode: 429 } }, "limit"],
  [{ httpConnectionFailed: { httpStatusCode: 401 } }, "auth"],
  [{ httpConnectionFailed: { httpStatusCode: 403 } }, "auth"],
  [{ httpConnectionFailed: { httpStatusCode: 503 } }, "overloaded"],
  [{ httpConnectionFailed: { httpStatusCode: 500 } }, "server"],
  [{ httpConnectionFailed: { httpStatusCode: null } }, "network"],
  ["other", "unknown"],
  ["constructor", "unknown"],
  [{ somethingNew: {} }, "unknown"],
  [null, "unknown"],
])("a turn that failed with %j is of the class %s", (info, failure) => {
  expect(endOfTurn(failed(info), KNOWN)).toMatchObject({ ok: false, failure, reason: "m" });
});

test("an account without money is not a limit that ends by itself", () => {
  const turn = failed("usageLimitExceeded", "Quota exceeded. Check your plan and billing details.");
  expect(endOfTurn(turn, KNOWN)).toMatchObject({ failure: "billing" });
});

test("a key that is not there is a login that is missing", () => {
  expect(endOfTurn(failed("other", "Missing environment variable: `KEY`."), KNOWN)).toMatchObject({ failure: "auth" });
});

test("what it could not say at last, it said when it tried again", () => {
  expect(endOfTurn(failed("other"), { ...KNOWN, retryingAfter: "network" })).toMatchObject({ failure: "network" });
});

test("only a turn that is completed without an error is good, and its last message is its last word", () => {
  const items = [
    { type: "agentMessage", text: "first" },
    { type: "agentMessage", text: "last" },
  ];
  expect(endOfTurn({ status: "completed", error: null, items }, KNOWN)).toMatchObject({ ok: true, text: "last" });
  expect(endOfTurn({ status: "completed", error: null }, { ...KNOWN, lastText: "said" })).toMatchObject({
    text: "said",
  });
  expect(endOfTurn({ status: "completed", error: { message: "no" } }, KNOWN)).toMatchObject({ ok: false });
  expect(endOfTurn({ status: "inProgress" }, KNOWN)).toMatchObject({ ok: false, failure: "unknown" });
  expect(endOfTurn({}, KNOWN)).toMatchObject({ ok: false, failure: "unknown" });
});

test("a turn that was interrupted was stopped, or left to a later run", () => {
  expect(endOfTurn({ status: "interrupted" }, KNOWN)).toMatchObject({ failure: "interrupted" });
  const deferred = endOfTurn({ status: "interrupted" }, { ...KNOWN, deferred: "later" });
  expect(deferred).toMatchObject({ failure: "deferred", reason: "later" });
});
