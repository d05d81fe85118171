import { describe, expect, test } from "vitest";
import {
  ACCOUNT,
  asksCommand,
  begun,
  COMPLETED,
  command,
  GIVEN,
  HELLO,
  hears,
  next,
  THREAD,
  TURN,
  told,
  working,
} from "../../../../test/fixtures/codex-talk.ts";
import { codexDialogue } from "./dialogue.ts";

describe("from the greeting to the end", () => {
  test("each request is made when the one before was answered, and the prompt is said once a thread is open", () => {
    const played = hears(begun({ model: "scripted" }), HELLO, ACCOUNT, THREAD, TURN);
    expect(played.said.map((message) => (message as { method: string }).method)).toEqual([
      ...["initialize", "initialized", "account/read", "thread/start", "turn/start"],
    ]);
    expect(played.said.at(-2)).toMatchObject({
      params: { cwd: "/w", model: "scripted", approvalPolicy: "on-request" },
    });
    expect(played.said.at(-1)).toMatchObject({ params: { threadId: "thread-1", input: [{ text: "Fix it." }] } });
    expect(played.news).toEqual([{ type: "started", session: "thread-1", model: "scripted", version: "0.169.0" }]);
    expect(played.state).toMatchObject({ greeted: true, progressed: false, session: "thread-1" });
    expect(JSON.stringify(played.state)).not.toContain("Fix it.");
  });

  test("what it does is told when it begins and when it is over, and its pieces are not", () => {
    const played = hears(
      working(),
      told("item/started", { item: { type: "userMessage", id: "u" } }),
      told("item/completed", { item: { type: "reasoning", id: "r", summary: ["I think."], content: [] } }),
      told("item/started", { item: command() }),
      told("item/completed", { item: command({ status: "failed", exitCode: 1, aggregatedOutput: "no" }) }),
      told("item/started", { item: { type: "agentMessage", id: "m", text: "" } }),
      told("item/agentMessage/delta", { itemId: "m", delta: "Do" }),
      told("item/completed", { item: { type: "agentMessage", id: "m", text: "Done." } }),
      COMPLETED,
    );
    expect(played.news.slice(1)).toEqual([
      { type: "thought", text: "I think." },
      {
        ...{ type: "tool", callId: "call-1", name: "shell", state: "running", output: null },
        input: { command: "/bin/bash -lc 'touch a'", cwd: "/w" },
      },
      { type: "tool", callId: "call-1", name: "shell", input: null, state: "failed", output: "no" },
      { type: "text", text: "Done." },
      { type: "ended", ok: true, failure: null, reason: null, text: "Done." },
    ]);
    expect(played.state.own.calls).toEqual({});
  });

  test.each([
    ["a server's tool", { type: "mcpToolCall", server: "s", tool: "t", arguments: { a: 1 } }, "s/t", { a: 1 }],
    ["a search", { type: "webSearch", query: "q", action: null }, "web_search", { query: "q", action: null }],
    ["a patch", { type: "fileChange", changes: [] }, "apply_patch", { changes: [] }],
  ])("%s is told even when only its end is heard", (_, item, name, input) => {
    const played = hears(working(), told("item/completed", { item: { id: "i", status: "completed", ...item } }));
    expect(played.news.at(-1)).toMatchObject({ type: "tool", callId: "i", name, input, state: "completed" });
  });

  test("a call may be named like something that every object has", () => {
    const item = { type: "webSearch", id: "constructor", query: "q", status: "completed" };
    expect(hears(working(), told("item/completed", { item })).news.at(-1)).toMatchObject({ input: { query: "q" } });
  });

  test("the end of a sub-agent's turn is not the end, and what it says is not said to us", () => {
    const played = hears(
      working(),
      told("item/completed", { threadId: "thread-2", item: { type: "agentMessage", id: "m", text: "Sub." } }),
      told("turn/completed", { threadId: "thread-2", turn: { status: "completed", items: [] } }),
    );
    expect(played.news).toHaveLength(1);
    expect(played.state.ended).toBeNull();
  });

  test("after the end nothing is told any more, but no question stays without an answer", () => {
    const played = hears(working(), COMPLETED, told("item/started", { item: command() }), {
      id: 9,
      method: "x/y",
      params: {},
    });
    expect(played.news.at(-1)).toMatchObject({ type: "ended" });
    expect(played.said.at(-1)).toMatchObject({ id: 9, error: { code: -32601 } });
  });

  test.each([
    ["the greeting", [{ id: 1, error: { code: -32600, message: "no" } }]],
    ["a thread", [HELLO, ACCOUNT, { id: 4, error: { code: -32600, message: "no" } }]],
    ["a thread without an id", [HELLO, ACCOUNT, { id: 4, result: { thread: {} } }]],
    ["the turn", [HELLO, ACCOUNT, THREAD, { id: 5, error: { code: -32600, message: "no" } }]],
  ])("an agent that refuses %s has ended", (_, messages) => {
    const played = hears(begun(), ...messages);
    expect(played.state).toMatchObject({ progressed: false, ended: { ok: false, failure: "protocol" } });
  });

  test("who is not logged in learns so at once, and no thread is opened", () => {
    const played = hears(begun({ env: {} }), HELLO, { id: 2, result: { account: null, requiresOpenaiAuth: true } });
    expect(played.state.ended).toMatchObject({ failure: "auth", reason: expect.stringContaining("codex login") });
    expect(JSON.stringify(played.said)).not.toContain("thread/start");
  });

  test("what it prints before it speaks the protocol is told as an error", () => {
    const played = next(begun(), codexDialogue.hear(begun().state, "Error: no such flag", GIVEN));
    expect(played.news).toEqual([{ type: "error", message: "Error: no such flag" }]);
    expect(played.state.greeted).toBe(false);
  });

  test("lines that are none of the protocol are no sign of its work", () => {
    for (const played of [begun(), working()]) {
      expect(codexDialogue.hear(played.state, "loading…", GIVEN)).toMatchObject({ isNoise: true });
    }
  });

  test.each([
    ["no rollout found for thread id thread-1", "session_gone"],
    ["thread thread-1 already has an active writer", "protocol"],
  ])("a thread that cannot be taken up: %s", (message, failure) => {
    const resumed = begun({}, { session: { id: "thread-1", usage: null, isDeferred: false } });
    const played = hears(resumed, HELLO, ACCOUNT, { id: 4, error: { code: -32600, message } });
    expect(played.state.ended).toMatchObject({ ok: false, failure, reason: message });
  });
});

describe("stopping", () => {
  test("a turn is interrupted by its id", () => {
    const { state } = working();
    expect(codexDialogue.interrupt(state).say?.map((line) => JSON.parse(line))).toMatchObject([
      { method: "turn/interrupt", params: { threadId: "thread-1", turnId: "turn-1" } },
    ]);
  });

  test("where no turn has begun, it has ended", () => {
    expect(codexDialogue.interrupt(begun().state).state.ended).toMatchObject({ failure: "interrupted" });
  });

  test("a question is left to a later run by ending the turn in the middle of the call", () => {
    const asking = hears(working(), told("item/started", { item: command() }), asksCommand(0));
    const step = codexDialogue.defer?.(asking.state, "call-1");
    const ended = hears(
      next(asking, step ?? { state: asking.state }),
      told("turn/completed", { turn: { id: "turn-1", status: "interrupted", error: null } }),
      told("serverRequest/resolved", { requestId: 0 }),
    );
    expect(ended.said.at(-1)).toMatchObject({ method: "turn/interrupt" });
    expect(ended.state.ended).toMatchObject({ ok: false, failure: "deferred" });
    expect(ended.withdrawn).toEqual([]);
  });

  test("nothing is left to a later run while another call goes on", () => {
    const other = command({ id: "call-9" });
    const asking = hears(
      working(),
      told("item/started", { item: other }),
      told("item/started", { item: command() }),
      asksCommand(0),
    );
    expect(codexDialogue.defer?.(asking.state, "call-1")).toBeUndefined();
    expect(codexDialogue.defer?.(working().state, "call-1")).toBeUndefined();
  });
});
