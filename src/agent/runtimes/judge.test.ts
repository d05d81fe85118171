import { describe, expect, test } from "vitest";
import { judge } from "./judge.ts";

describe("how a run ended", () => {
  test.each<[number | undefined, unknown, object]>([
    [0, undefined, { outcome: "completed" }],
    [0, { outcome: "completed" }, { outcome: "completed" }],
    [0, "failed", { outcome: "completed" }],
    [0, ["failed"], { outcome: "completed" }],
    [0, null, { outcome: "completed" }],
    [0, { outcome: "failed", reason: "  no licence " }, { outcome: "failed", reason: "the agent says: no licence" }],
    [0, { outcome: "failed", summary: "stuck" }, { outcome: "failed", reason: "the agent says: stuck" }],
    [0, { outcome: "failed", reason: 7 }, { outcome: "failed", reason: "the agent says: failed" }],
    [1, { outcome: "completed" }, { outcome: "failed", reason: "exit 1" }],
    [137, undefined, { outcome: "failed", reason: "exit 137" }],
    [75, undefined, { outcome: "limited", untilMs: null }],
    [75, { retryAt: "2026-01-05T08:00:00Z" }, { outcome: "limited", untilMs: Date.parse("2026-01-05T08:00:00Z") }],
    [75, { retryAt: "soon" }, { outcome: "limited", untilMs: null }],
    [75, { retryAt: 12 }, { outcome: "limited", untilMs: null }],
    [77, undefined, { outcome: "yielded", to: "question", question: null }],
    [77, { question: "Which?" }, { outcome: "yielded", to: "question", question: "Which?" }],
    [77, { waitsFor: "approval", question: "" }, { outcome: "yielded", to: "approval", question: null }],
    [77, { waitsFor: "rain" }, { outcome: "yielded", to: "question" }],
    [78, undefined, { outcome: "configuration", reason: "exit 78: its configuration is not right" }],
    [78, { reason: "not logged in" }, { outcome: "configuration", reason: "not logged in" }],
    [undefined, { outcome: "completed" }, { outcome: "lost" }],
  ])("exit %s and the result %j", (exit, result, verdict) => {
    expect(judge({ exit, result })).toMatchObject(verdict);
  });

  test("what an agent says is cut to a sentence's length", () => {
    const verdict = judge({ exit: 0, result: { outcome: "failed", reason: "x".repeat(10_000) } });
    expect(JSON.stringify(verdict).length).toBeLessThan(600);
  });
});
