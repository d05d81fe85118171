import { describe, expect, test } from "vitest";
import { NO_USAGE } from "../../agent/agent-event.ts";
import type { Failure } from "../../agent/failure.ts";
import { newState } from "../../agent/runtimes/conversation.ts";
import type { DialogueState } from "../../agent/runtimes/dialogue.ts";
import type { Ending, StopReason } from "../outcome.ts";
import { sessionAfter, sessionBefore, toldOf } from "./session.ts";

const FAILED: Ending = { outcome: "failed", reason: "it failed" };
const YIELDED: Ending = { outcome: "yielded", reason: null, waitsFor: "approval" };
const COMPLETED: Ending = { outcome: "completed", reason: null };

const ended = (failure: Failure | null): DialogueState => ({
  ...newState({}, { session: "s-1", usage: null }),
  progressed: true,
  ended: { ok: failure === null, failure, reason: null, text: null, until: null },
});

interface Case {
  readonly state?: DialogueState;
  readonly ending?: Ending;
  readonly stop?: StopReason | null;
  readonly wasResumed?: boolean;
  readonly failure?: Failure | null;
}

const stateAfter = ({ state = ended(null), ending = FAILED, stop = null, wasResumed = false, failure = null }: Case) =>
  sessionAfter(state, ending, stop, { wasResumed, failure });

describe("a session is gone on with", () => {
  test.each<[string, Case]>([
    ["after a good end", { ending: COMPLETED }],
    ["after a limit", { state: ended("limit") }],
    ["after one refused request", { state: ended("invalid_request") }],
    ["after the wall limit, a cancel or a crash", { stop: "wall_timeout" }],
    ["when its program was killed", { state: { ...ended(null), ended: null } }],
  ])("%s", (_, rest) => {
    expect(stateAfter(rest)).toBe("open");
  });

  test("where it was left in the middle of a question, without anything being said first", () => {
    expect(stateAfter({ state: ended("deferred"), ending: YIELDED })).toBe("deferred");
  });
});

describe("a session is given up", () => {
  test.each<[string, Case]>([
    ["when it is full", { state: ended("context_full") }],
    ["when it is refused twice in a row", { state: ended("invalid_request"), failure: "invalid_request" }],
    ["when nothing came of it", { stop: "progress_timeout" }],
    ["when it fell silent", { stop: "idle_timeout" }],
    ["when it did not even greet", { stop: "handshake_timeout" }],
    ["when it could not be taken up", { state: { ...ended("protocol"), progressed: false }, wasResumed: true }],
  ])("%s", (_, rest) => {
    expect(stateAfter(rest)).toBe("retired");
  });
});

describe("the next run", () => {
  const told = JSON.stringify(toldOf(ended(null), []));

  test.each([
    [undefined, null],
    [{ session: null, session_state: null, told: null }, null],
    [{ session: "s-1", session_state: "retired", told }, null],
    [
      { session: "s-1", session_state: "open", told: null },
      { id: "s-1", usage: null, isDeferred: false },
    ],
    [
      { session: "s-1", session_state: "open", told },
      { id: "s-1", usage: NO_USAGE, isDeferred: false },
    ],
    [
      { session: "s-1", session_state: "deferred", told },
      { id: "s-1", usage: NO_USAGE, isDeferred: true },
    ],
  ] as const)("after %j takes up %j", (earlier, session) => {
    expect(sessionBefore(earlier)).toEqual(session);
  });
});
