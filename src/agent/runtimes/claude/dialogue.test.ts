import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anAgent } from "../../../../test/builders.ts";
import type { AgentNews } from "../../agent-event.ts";
import type { Answer, DialogueState, Given, Step } from "../dialogue.ts";
import type { RunInput } from "../run-input.ts";
import { claudeDialogue } from "./dialogue.ts";
import type { ClaudeOwn } from "./own.ts";

type State = DialogueState<ClaudeOwn>;

const given: Given = { prompt: () => "write hello.txt", now: Date.parse("2026-01-05T08:00:00Z") };

const input = (session: RunInput["session"] = null): RunInput => ({
  prompt: "write hello.txt",
  promptFile: "/runs/run-1/prompt.md",
  taskId: "task-1",
  runId: "run-1",
  workspace: "/workspace",
  session,
  configDirectory: "/sessions/task-1/claude",
  bridge: null,
});

const begin = (session?: RunInput["session"]) => claudeDialogue.begin(anAgent({ runtime: "claude" }), input(session));

/** Hears one message after the other; gives all that was told, said and asked. */
function hear(state: State, ...messages: readonly (object | string)[]) {
  const all: { state: State; news: AgentNews[]; say: unknown[]; asks: string[]; withdrawn: string[] } = {
    state,
    news: [],
    say: [],
    asks: [],
    withdrawn: [],
  };
  for (const message of messages) {
    const line = typeof message === "string" ? message : JSON.stringify(message);
    const step: Step<ClaudeOwn> = claudeDialogue.hear(all.state, line, given);
    all.state = step.state;
    all.news.push(...(step.news ?? []));
    all.say.push(...saidBy(step));
    all.asks.push(...(step.asks ?? []).map(({ key }) => key));
    all.withdrawn.push(...(step.withdrawn ?? []));
  }
  return all;
}

function saidBy({ say = [] }: Step<ClaudeOwn>): unknown[] {
  return say.map((line) => JSON.parse(line) as unknown);
}

const GREETED = {
  type: "control_response",
  response: { subtype: "success", request_id: "steward-greeting", response: {} },
};
const INIT = { type: "system", subtype: "init", session_id: "s-1", model: "opus", claude_code_version: "2.1.329" };
const calls = (id: string, ...uses: readonly string[]) =>
  uses.map((use) => ({
    type: "assistant",
    message: { id, content: [{ type: "tool_use", id: use, name: "Bash", input: { command: "make" } }] },
  }));
const hook = (use: string, tool = "Bash", toolInput: object = { command: "make" }) => ({
  type: "control_request",
  request_id: `request-of-${use}`,
  request: {
    subtype: "hook_callback",
    callback_id: "steward-hook",
    tool_use_id: use,
    input: { tool_name: tool, tool_input: toolInput },
  },
});
const result = (rest: object = {}) => ({
  type: "result",
  subtype: "success",
  is_error: false,
  terminal_reason: "completed",
  result: "Done.",
  total_cost_usd: 0.5,
  modelUsage: { opus: { inputTokens: 200, outputTokens: 40, cacheReadInputTokens: 7, cacheCreationInputTokens: 3 } },
  ...rest,
});

const working = () => hear(begin().state, GREETED, INIT).state;

describe("the beginning", () => {
  test("asks to be asked before every tool, and tells the prompt once it is greeted back", () => {
    const first = begin();
    expect(saidBy(first)).toMatchObject([
      { type: "control_request", request: { subtype: "initialize", hooks: { PreToolUse: [{ matcher: "*" }] } } },
    ]);
    const { say, news, state } = hear(first.state, GREETED, INIT);
    expect(say).toMatchObject([{ type: "user", message: { content: [{ type: "text", text: "write hello.txt" }] } }]);
    expect(news).toEqual([{ type: "started", session: "s-1", model: "opus", version: "2.1.329" }]);
    expect(state).toMatchObject({ session: "s-1", greeted: true, progressed: false });
  });

  test("a session that was left in the middle of a question goes on by itself: nothing is said", () => {
    const { state } = begin({ id: "s-1", usage: null, isDeferred: true });
    expect(hear(state, GREETED).say).toEqual([]);
  });

  test("a program that refuses has not done its work", () => {
    const refused = {
      type: "control_response",
      response: { subtype: "error", request_id: "steward-greeting", error: "no" },
    };
    expect(hear(begin().state, refused).state.ended).toMatchObject({ ok: false, failure: "protocol", reason: "no" });
  });

  test("a session that it does not find is told apart from every other failure", () => {
    const gone = result({
      ...{ subtype: "error_during_execution", is_error: true, result: undefined, terminal_reason: undefined },
      errors: ["No conversation found with session ID: s-9"],
    });
    const { state } = hear(begin({ id: "s-9", usage: null, isDeferred: false }).state, gone);
    expect(state.ended).toMatchObject({
      failure: "session_gone",
      reason: "No conversation found with session ID: s-9",
    });
  });

  test.each([
    "loading…",
    "{",
    '{"type":"hello"}',
    '{"level":"info"}',
    "[]",
  ])("%j is no greeting and no sign of its work", (line) => {
    const step = claudeDialogue.hear(begin().state, line, given);
    expect(step.state).toMatchObject({ greeted: false, progressed: false });
    expect(step.isNoise === true || step.news?.length === 0).toBe(true);
  });

  test("what it prints that is none of the protocol is told as an error", () => {
    const { news, state } = hear(begin().state, "No conversation found with session ID: s-9");
    expect(news).toEqual([{ type: "error", message: "No conversation found with session ID: s-9" }]);
    expect(state.progressed).toBe(false);
  });
});

describe("a tool call", () => {
  const asked = () => hear(working(), ...calls("m-1", "use-1"), hook("use-1"));

  test("is asked for with all that it is told", () => {
    const step = claudeDialogue.hear(working(), JSON.stringify(hook("use-1")), given);
    expect(step.asks).toEqual([
      {
        ...{ key: "use-1", tool: "Bash", input: { command: "make" }, kind: "execute", paths: [] },
        ...{ title: null, why: null, insists: false },
      },
    ]);
    expect(step.state.asking).toEqual(["use-1"]);
  });

  test.each<[Answer, object]>([
    [{ verdict: "pass", note: null }, {}],
    [
      { verdict: "allow", note: null },
      { hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "allow" } },
    ],
    [
      { verdict: "deny", note: "Not on a Friday." },
      {
        hookSpecificOutput: {
          ...{ hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason: "Not on a Friday." },
        },
      },
    ],
  ])("is answered as it was decided: %j", (answer, response) => {
    const step = claudeDialogue.answer(asked().state, "use-1", answer);
    expect(saidBy(step)).toEqual([
      { type: "control_response", response: { subtype: "success", request_id: "request-of-use-1", response } },
    ]);
    expect(step.state.asking).toEqual([]);
  });

  test("that its own rules ask for again is answered with its input as it was asked", () => {
    const own = {
      type: "control_request",
      request_id: "r-2",
      request: {
        subtype: "can_use_tool",
        tool_name: "Read",
        tool_use_id: "use-1",
        input: { file_path: "/etc/passwd" },
      },
    };
    const { state } = hear(working(), own);
    const [allowed] = saidBy(claudeDialogue.answer(state, "use-1", { verdict: "allow", note: null }));
    expect(allowed).toMatchObject({
      response: { response: { behavior: "allow", updatedInput: { file_path: "/etc/passwd" } } },
    });
    const [denied] = saidBy(claudeDialogue.answer(state, "use-1", { verdict: "deny", note: null }));
    expect(denied).toMatchObject({ response: { response: { behavior: "deny", message: expect.any(String) } } });
  });

  test("is remembered in a few words, however much it is about", () => {
    let state = working();
    for (let n = 0; n < 20; n++) {
      state = hear(state, hook(`use-${n}`, "Bash", { command: "x".repeat(100_000) })).state;
      state = claudeDialogue.answer(state, `use-${n}`, { verdict: "deny", note: null }).state;
    }
    expect(JSON.stringify(state).length).toBeLessThan(10_000);
  });

  test("that was allowed is not asked for again when the program's own rules want to know as well; another input is", () => {
    const own = (input: object) => ({
      type: "control_request",
      request_id: "r-2",
      request: { subtype: "can_use_tool", tool_name: "Bash", tool_use_id: "use-1", input },
    });
    const { state } = claudeDialogue.answer(asked().state, "use-1", { verdict: "allow", note: null });
    const same = hear(state, own({ command: "make" }));
    expect(same.say).toMatchObject([{ response: { request_id: "r-2", response: { behavior: "allow" } } }]);
    expect(same.asks).toEqual([]);
    expect(hear(same.state, own({ command: "make" })).asks).toEqual(["use-1"]);
    expect(hear(state, own({ command: "make clean" })).asks).toEqual(["use-1"]);
  });

  test("that nobody asks for any more is withdrawn, and no answer is said", () => {
    const { state, withdrawn } = hear(asked().state, {
      type: "control_cancel_request",
      request_id: "request-of-use-1",
    });
    expect(withdrawn).toEqual(["use-1"]);
    expect(claudeDialogue.answer(state, "use-1", { verdict: "allow", note: null }).say).toEqual([]);
  });

  test("that was denied is told as denied when the agent reports it as failed", () => {
    const { state } = claudeDialogue.answer(asked().state, "use-1", { verdict: "deny", note: "no" });
    const content = [{ type: "tool_result", tool_use_id: "use-1", is_error: true, content: "no" }];
    expect(hear(state, { type: "user", message: { content } }).news).toMatchObject([
      { type: "tool", callId: "use-1", state: "denied", output: "no" },
    ]);
  });

  test("can be left to a later run when it is the only one that its answer asked for", () => {
    const step = claudeDialogue.defer?.(asked().state, "use-1");
    expect(step && saidBy(step)).toMatchObject([
      { response: { response: { hookSpecificOutput: { permissionDecision: "defer" } } } },
    ]);
  });

  test("is not left where another would be forgotten with it", () => {
    const two = hear(working(), ...calls("m-1", "use-1", "use-2"), hook("use-1"));
    expect(claudeDialogue.defer?.(two.state, "use-1")).toBeUndefined();
    const open = hear(working(), ...calls("m-1", "use-1"), ...calls("m-2", "use-2"), hook("use-1"), hook("use-2"));
    expect(claudeDialogue.defer?.(open.state, "use-1")).toBeUndefined();
  });
});

test("whatever else it asks is answered with an error: it would wait for ever", () => {
  const asked = { type: "control_request", request_id: "r-1", request: { subtype: "elicitation" } };
  expect(hear(working(), asked).say).toMatchObject([{ response: { subtype: "error", request_id: "r-1" } }]);
});

test("what was spent is the difference of totals, from run to run of one session", () => {
  const first = hear(working(), result()).news.find(({ type }) => type === "usage");
  expect(first).toEqual({
    ...{ type: "usage", inputTokens: 200, outputTokens: 40, cacheReadTokens: 7, cacheWriteTokens: 3, costUsd: 0.5 },
  });
  const before = { inputTokens: 150, outputTokens: 40, cacheReadTokens: 7, cacheWriteTokens: 0, costUsd: 0.4 };
  const resumed = begin({ id: "s-1", usage: before, isDeferred: false }).state;
  const second = hear(resumed, GREETED, INIT, result()).state.usage;
  expect(second).toMatchObject({ inputTokens: 50, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 3 });
  expect(second.costUsd).toBeCloseTo(0.1);
});

describe("the end", () => {
  const rejected = {
    type: "rate_limit_event",
    rate_limit_info: { status: "rejected", resetsAt: 1_767_600_000, rateLimitType: "five_hour", utilization: 1 },
  };
  const apiError = (error: string) => ({
    type: "assistant",
    error,
    message: { content: [{ type: "text", text: error }] },
  });

  test.each<[string, readonly object[], object]>([
    ["good", [result()], { ok: true, failure: null, text: "Done." }],
    ["an error that calls itself success", [result({ is_error: true })], { ok: false, failure: "unknown" }],
    [
      "a full context that calls itself success",
      [result({ terminal_reason: "prompt_too_long" })],
      { failure: "context_full" },
    ],
    [
      "a limit with its time",
      [rejected, apiError("rate_limit"), result({ is_error: true })],
      { failure: "limit", until: 1_767_600_000_000 },
    ],
    ["a limit by status", [result({ is_error: true, api_error_status: 429 })], { failure: "limit", until: null }],
    ["overload", [result({ is_error: true, api_error_status: 529 })], { failure: "overloaded" }],
    ["no login", [apiError("authentication_failed"), result({ is_error: true })], { failure: "auth" }],
    ["no money", [apiError("billing_error"), result({ is_error: true })], { failure: "billing" }],
    ["an error of the server", [result({ is_error: true, api_error_status: 500 })], { failure: "server" }],
    ["too many turns", [result({ subtype: "error_max_turns" })], { failure: "turns" }],
    ["no budget", [result({ subtype: "error_max_budget_usd" })], { failure: "budget" }],
    [
      "an interrupt",
      [result({ subtype: "error_during_execution", terminal_reason: "aborted_tools" })],
      { failure: "interrupted" },
    ],
    ["a call that is left for later", [result({ terminal_reason: "tool_deferred" })], { failure: "deferred" }],
  ])("%s", (_, messages, ended) => {
    expect(hear(working(), ...messages).state.ended).toMatchObject(ended);
  });

  test("is told once", () => {
    const { news, state } = hear(working(), result(), result({ is_error: true }));
    expect(news.filter(({ type }) => type === "ended")).toHaveLength(1);
    expect(state.ended).toMatchObject({ ok: true });
  });

  test("takes back what was still asked", () => {
    expect(hear(working(), hook("use-1"), result()).withdrawn).toEqual(["use-1"]);
  });
});

test("a limit that only nears is told and blocks nothing", () => {
  const nearing = { type: "rate_limit_event", rate_limit_info: { status: "allowed_warning", utilization: 0.92 } };
  expect(hear(working(), nearing).news).toEqual([
    { type: "limit", scope: null, blocked: false, resetsAt: null, usedPercent: 92 },
  ]);
});

test.each([
  [1_767_600_000.0004, 1_767_600_000_000],
  [1e300, null],
  [1e18, null],
  ["soon", null],
])("a limit that resets at %s is one until %s", (resetsAt, until) => {
  const rejected = { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt } };
  const played = hear(working(), rejected, result({ is_error: true, api_error_status: 429 }));
  expect(played.state.ended).toMatchObject({ failure: "limit", until });
  expect(played.news.find(({ type }) => type === "limit")).toMatchObject({
    resetsAt: until === null ? null : new Date(until).toISOString(),
  });
});

describe("whatever it prints", () => {
  const types = ["control_response", "control_request", "control_cancel_request", "system", "rate_limit_event"];
  const message = fc.record(
    {
      type: fc.constantFrom(...types, "assistant", "user", "result", "else", "__proto__", "constructor"),
      subtype: fc.constantFrom("init", "api_retry", "permission_denied", "success", "error"),
      request_id: fc.anything(),
      request: fc.oneof(
        fc.anything(),
        fc.record({
          subtype: fc.constantFrom("hook_callback", "can_use_tool"),
          callback_id: fc.constant("steward-hook"),
          tool_use_id: fc.anything(),
          input: fc.anything(),
          tool_name: fc.anything(),
        }),
      ),
      response: fc.anything(),
      message: fc.oneof(fc.anything(), fc.record({ id: fc.anything(), content: fc.anything() })),
      rate_limit_info: fc.oneof(fc.anything(), fc.record({ resetsAt: fc.double(), utilization: fc.anything() })),
      modelUsage: fc.anything(),
      terminal_reason: fc.oneof(fc.anything(), fc.constantFrom("__proto__", "constructor", "toString")),
    },
    { requiredKeys: ["type"] },
  );

  test("is taken without a crash, and the state stays what JSON can keep", () => {
    const line = fc.oneof(
      fc.string(),
      message.map((value) => JSON.stringify(value) ?? ""),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const { state, news } = hear(working(), ...lines);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
        for (const item of news) expect(JSON.stringify(item).length).toBeLessThan(200_000);
      }),
      { numRuns: 300 },
    );
  });
});
