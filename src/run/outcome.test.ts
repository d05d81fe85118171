import { describe, expect, test } from "vitest";
import { endingOf, STOP_REASONS } from "./outcome.ts";

const NOW = 1_000_000;

describe("why Steward ended a run comes before what the agent says", () => {
  test.each([
    ["cancelled", { outcome: "cancelled", reason: null }],
    ["abandoned", { outcome: "lost", reason: "it was given up" }],
    ["wall_timeout", { outcome: "failed", reason: "wall_timeout" }],
    ["idle_timeout", { outcome: "failed", reason: "idle_timeout" }],
    ["start_timeout", { outcome: "failed", reason: "start_timeout" }],
    ["handshake_timeout", { outcome: "failed", reason: "handshake_timeout" }],
    ["progress_timeout", { outcome: "failed", reason: "progress_timeout" }],
    ["output_limit", { outcome: "failed", reason: "output_limit" }],
    ["tested", { outcome: "completed", reason: "the test of its agent has seen enough" }],
  ] as const)("%s", (stop, ending) => {
    expect(endingOf(stop, { outcome: "completed" }, NOW)).toEqual(ending);
    expect(endingOf(stop, { outcome: "limited", untilMs: 5 }, NOW)).toEqual(ending);
    expect(endingOf(stop, { outcome: "lost" }, NOW)).toEqual(ending);
  });

  test("every reason is one of those above", () => {
    expect(STOP_REASONS).toHaveLength(9);
  });
});

describe("where Steward wanted nothing, the agent's word counts", () => {
  test.each([
    [{ outcome: "completed" }, { outcome: "completed", reason: null }],
    [
      { outcome: "failed", reason: "exit 3" },
      { outcome: "failed", reason: "exit 3" },
    ],
    [
      { outcome: "configuration", reason: "no key" },
      { outcome: "configuration", reason: "no key" },
    ],
    [
      { outcome: "limited", untilMs: NOW + 7 },
      { outcome: "limited", until: NOW + 7 },
    ],
    [
      { outcome: "limited", untilMs: null },
      { outcome: "limited", until: NOW + 900_000 },
    ],
    [
      { outcome: "yielded", to: "approval", question: "May I?" },
      { outcome: "yielded", reason: "May I?", waitsFor: "approval" },
    ],
    [{ outcome: "lost" }, { outcome: "lost", reason: "its process is gone and left no exit status" }],
  ] as const)("%j", (verdict, ending) => {
    expect(endingOf(null, verdict, NOW)).toMatchObject(ending);
  });
});

describe("when a limit ends is believed where it can be", () => {
  const DAY_MS = 86_400_000;
  const until = (untilMs: number | null) => endingOf(null, { outcome: "limited", untilMs }, NOW).until;

  test.each([NOW, NOW + 0.4, NOW + 60_000.7, NOW + 31 * DAY_MS])("%d, to the ms", (said) => {
    expect(until(said)).toBe(Math.round(said));
  });

  test.each([
    1e18,
    1e300,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    -1,
    -1e300,
    NOW - 1,
    NOW + 31 * DAY_MS + 1,
  ])("%d counts as no word", (said) => {
    expect(until(said)).toBe(NOW + 900_000);
  });
});
