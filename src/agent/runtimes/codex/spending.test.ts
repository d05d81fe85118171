import { describe, expect, test } from "vitest";
import {
  ACCOUNT,
  begun,
  HELLO,
  hears,
  type Played,
  THREAD,
  TURN,
  told,
  working,
} from "../../../../test/fixtures/codex-talk.ts";

describe("what it spends and is limited by", () => {
  const spent = (total: number, last: number, more: object = {}) =>
    told("thread/tokenUsage/updated", {
      tokenUsage: {
        total: { inputTokens: total, cachedInputTokens: total / 2, cacheWriteInputTokens: 0, outputTokens: total / 10 },
        last: { inputTokens: last, cachedInputTokens: last / 2, cacheWriteInputTokens: 0, outputTokens: last / 10 },
      },
      ...more,
    });
  const usages = ({ news }: Played) =>
    news.flatMap((item) =>
      item.type === "usage" ? [[item.inputTokens, item.cacheReadTokens, item.outputTokens]] : [],
    );

  test("each total is told as what came since, and what is cached counts once", () => {
    const played = hears(working(), spent(100, 100), spent(100, 100), spent(300, 200));
    expect(usages(played)).toEqual([
      [50, 50, 10],
      [100, 100, 20],
    ]);
    expect(played.state.usage).toMatchObject({ inputTokens: 150, outputTokens: 30, costUsd: null });
  });

  test("what earlier runs of the session spent is not this run's, whether it is repeated first or not", () => {
    const session = { id: "thread-1", usage: null, isDeferred: false };
    const resumed = hears(begun({}, { session }), HELLO, ACCOUNT, THREAD);
    expect(usages(hears(resumed, spent(500, 100), TURN, spent(600, 100)))).toEqual([[50, 50, 10]]);
    expect(usages(hears(resumed, TURN, spent(600, 100)))).toEqual([[50, 50, 10]]);
  });

  test("a sub-agent's tokens are counted beside", () => {
    const played = hears(working(), spent(100, 100), spent(40, 40, { threadId: "thread-2" }), spent(200, 100));
    expect(usages(played).map(([input]) => input)).toEqual([50, 20, 50]);
  });

  const limits = (primary: object | null, more: object = {}) =>
    told("account/rateLimits/updated", {
      rateLimits: { primary, secondary: null, rateLimitReachedType: null, ...more },
    });
  const failed = (codexErrorInfo: unknown) =>
    told("turn/completed", { turn: { status: "failed", error: { message: "no", codexErrorInfo } } });

  test("a limit is told when it changes, and blocks only when it ended the turn", () => {
    const near = limits({ usedPercent: 92, windowDurationMins: 300, resetsAt: 7200 });
    const reached = limits({ usedPercent: 100, windowDurationMins: 300, resetsAt: 7200 });
    const played = hears(working(), near, limits(null), near, reached, failed("usageLimitExceeded"));
    expect(played.news.slice(1, -1)).toMatchObject([
      { type: "limit", scope: "primary", blocked: false, usedPercent: 92, resetsAt: "1970-01-01T02:00:00.000Z" },
      { type: "limit", blocked: false, usedPercent: 100 },
      { type: "limit", blocked: true, usedPercent: 100 },
    ]);
    expect(played.state.ended).toMatchObject({ failure: "limit", until: 7_200_000 });
  });

  test("a limit that ends between two ms ends at one", () => {
    const played = hears(working(), limits({ usedPercent: 100, resetsAt: 7200.0004 }), failed("usageLimitExceeded"));
    expect(played.state.ended).toMatchObject({ failure: "limit", until: 7_200_000 });
  });

  test.each([
    ["without a window", []],
    ["with a time that is none", [limits({ usedPercent: 100, resetsAt: 1e300 })]],
    ["that is not used up", [limits({ usedPercent: 50, resetsAt: 7200 })]],
  ])("a limit %s ends nobody knows when", (_, messages) => {
    const info = { responseTooManyFailedAttempts: { httpStatusCode: 429 } };
    expect(hears(working(), ...messages, failed(info)).state.ended).toMatchObject({ failure: "limit", until: null });
  });

  test("what it tries again is told as that, and is what failed when its last word has no class", () => {
    const info = { responseStreamDisconnected: { httpStatusCode: null } };
    const again = told("error", {
      willRetry: true,
      error: { message: "Reconnecting... 2/5", codexErrorInfo: info, additionalDetails: "cut" },
    });
    const played = hears(
      working(),
      again,
      told("error", { willRetry: false, error: { message: "gone", codexErrorInfo: "other" } }),
      failed("other"),
    );
    expect(played.news.slice(1)).toMatchObject([
      { type: "retrying", attempt: 2, afterMs: null, reason: "cut" },
      { type: "error", message: "gone" },
      { type: "ended", failure: "network" },
    ]);
    const item = { type: "agentMessage", id: "m", text: "Back." };
    expect(hears(working(), again, told("item/completed", { item }), failed("other")).state.ended).toMatchObject({
      failure: "unknown",
    });
  });
});
