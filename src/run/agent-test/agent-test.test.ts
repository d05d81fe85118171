import { expect, test } from "vitest";
import { Agent } from "../../agent/agent.ts";
import { type TestSeen, testProblem } from "./agent-test.ts";

const CLAUDE = Agent.parse({ runtime: "claude" });

const seen = (more: Partial<TestSeen>): TestSeen => ({
  asks: false,
  outcome: null,
  reason: null,
  failure: null,
  lastWords: "",
  until: null,
  hasStarted: true,
  waits: "The host is full.",
  waitedSeconds: 90,
  ...more,
});

test.each<[Partial<TestSeen>, string | null]>([
  [{ outcome: "completed" }, null],
  [{ asks: true }, null],
  [{ hasStarted: false }, "It was not tried within 90 s: The host is full."],
  [{}, "It gave no answer within 90 s: it may wait for a login, or for a model that it cannot reach."],
  [
    { outcome: "failed", reason: "handshake_timeout", lastWords: "connecting…" },
    "It gave no answer (handshake timeout): it may wait for a login, or for a model that it cannot reach. Its last words: connecting…",
  ],
  [
    { outcome: "configuration", failure: "auth", reason: "Invalid API key" },
    "It is not logged in, or its key is not taken (Invalid API key). Run `claude auth login`.",
  ],
  [{ outcome: "configuration", failure: "billing", reason: "no credit" }, "Its account cannot pay for it (no credit)."],
  [
    { outcome: "configuration", failure: "model", reason: "no such model" },
    "The model that it asks for is not there for it (no such model). See `model` in its settings.",
  ],
  [
    { outcome: "limited", failure: "limit", reason: "five_hour", until: "2030-01-31T12:00:00.000Z" },
    "It works, and its limit is reached until 2030-01-31T12:00:00.000Z (five_hour).",
  ],
  [
    { outcome: "limited", until: "2030-01-31T12:00:00.000Z" },
    "It works, and a limit is reached until 2030-01-31T12:00:00.000Z.",
  ],
  [{ outcome: "limited", failure: "overloaded" }, "Its model is overloaded. Try again in a while."],
  [
    { outcome: "failed", failure: "network", reason: "ECONNREFUSED" },
    "Its model cannot be reached (ECONNREFUSED). See the network of this host, and its proxy.",
  ],
  [
    { outcome: "failed", reason: "exit 127", lastWords: "sh: 1: claud: not found" },
    "It failed: exit 127. Its last words: sh: 1: claud: not found",
  ],
  [{ outcome: "failed", reason: "it said: no", lastWords: "no" }, "It failed: it said: no."],
  [{ outcome: "configuration", reason: "not logged in" }, "It is not set up right: not logged in."],
  [{ outcome: "yielded", reason: "Which one?" }, "It stopped to ask something: Which one?"],
  [{ outcome: "lost" }, "Its process vanished without a trace."],
  [{ outcome: "cancelled" }, "Somebody cancelled the test."],
])("%j is told as %j", (more, problem) => {
  expect(testProblem(seen(more), CLAUDE)).toBe(problem);
});

test("how to log in is said of the program that it is, wherever that lies and whatever it is called in the settings", () => {
  const auth = seen({ outcome: "configuration", failure: "auth" });
  const gemini = Agent.parse({ runtime: "acp", command: ["/opt/bin/gemini", "--acp"] });
  expect(testProblem(auth, gemini)).toContain("set GEMINI_API_KEY");
  const other = Agent.parse({ runtime: "acp", command: ["other"] });
  expect(testProblem(auth, other)).toContain("as its own documentation says");
});
