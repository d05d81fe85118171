import { describe, expect, test } from "vitest";
import { asksCommand, command, hears, next, told, working } from "../../../../test/fixtures/codex-talk.ts";
import { codexDialogue } from "./dialogue.ts";

describe("what it asks", () => {
  test("a command is asked for as it is, without the words that are only about it", () => {
    const { asks, state } = hears(working(), told("item/started", { item: command() }), asksCommand(0));
    expect(asks).toEqual([
      {
        ...{ key: "call-1", tool: "shell", kind: "execute", paths: [], title: null, why: "I must.", insists: true },
        input: { command: "/bin/bash -lc 'touch a'", cwd: "/w" },
      },
    ]);
    expect(state.asking).toEqual(["call-1"]);
  });

  test.each([
    ["allow", "accept"],
    ["deny", "decline"],
    ["pass", "decline"],
  ] as const)("the answer %s is told as %s", (verdict, decision) => {
    const asking = hears(working(), asksCommand(0));
    const answered = next(asking, codexDialogue.answer(asking.state, "call-1", { verdict, note: null }));
    expect(answered.said.at(-1)).toEqual({ id: 0, result: { decision } });
    expect(answered.state.asking).toEqual([]);
    const again = codexDialogue.answer(answered.state, "call-1", { verdict, note: null });
    expect(again.say).toEqual([]);
  });

  test("why not is said after the decision, which has no words", () => {
    const asking = hears(working(), asksCommand(0));
    const { said } = next(
      asking,
      codexDialogue.answer(asking.state, "call-1", { verdict: "deny", note: "Not today." }),
    );
    expect(said.slice(-2)).toEqual([
      { id: 0, result: { decision: "decline" } },
      expect.objectContaining({ method: "turn/steer", params: expect.objectContaining({ expectedTurnId: "turn-1" }) }),
    ]);
    expect(JSON.stringify(said.at(-1))).toContain("Not today.");
  });

  test("a call that is asked about once more is another question", () => {
    const first = hears(working(), asksCommand(0));
    const answered = next(first, codexDialogue.answer(first.state, "call-1", { verdict: "allow", note: null }));
    const { asks } = hears(answered, asksCommand(1, { networkApprovalContext: { host: "h", protocol: "https" } }));
    expect(asks.map(({ key }) => key)).toEqual(["call-1", "call-1#1"]);
    expect(asks[1]?.input).toHaveProperty("networkApprovalContext");
  });

  test("a question that was answered by nobody here was taken back; one that was answered was not", () => {
    const asking = hears(working(), asksCommand(0));
    const resolved = told("serverRequest/resolved", { requestId: 0 });
    expect(hears(asking, resolved)).toMatchObject({ withdrawn: ["call-1"], state: { asking: [], own: { open: {} } } });
    const answered = next(asking, codexDialogue.answer(asking.state, "call-1", { verdict: "allow", note: null }));
    expect(hears(answered, resolved).withdrawn).toEqual([]);
  });

  test("a patch is asked for with all that it changes, where it is moved to, and what it would open for later", () => {
    const changes = [
      { path: "/w/a", kind: { type: "update", move_path: "/w/b" }, diff: "-x\n+y\n" },
      { path: "/etc/c", kind: { type: "add" }, diff: "z\n" },
    ];
    const item = { type: "fileChange", id: "call-2", changes, status: "inProgress" };
    const params = { threadId: "thread-1", turnId: "turn-1", itemId: "call-2", reason: null, grantRoot: "/w" };
    const { asks } = hears(working(), told("item/started", { item }), {
      id: 3,
      method: "item/fileChange/requestApproval",
      params,
    });
    expect(asks).toMatchObject([
      { key: "call-2", tool: "apply_patch", kind: "edit", input: { changes, grantRoot: "/w" }, insists: true },
    ]);
    expect(asks[0]?.paths).toEqual(["/w/a", "/etc/c", "/w/b", "/w"]);
  });

  test("a patch that becomes another one is shown as that, and declined where somebody was asked about the first", () => {
    const change = (diff: string) => [{ path: "/w/a", kind: { type: "add" }, diff }];
    const began = told("item/started", { item: { type: "fileChange", id: "call-2", changes: change("one") } });
    const updated = told("item/fileChange/patchUpdated", { itemId: "call-2", changes: change("two") });
    const asking = { id: 3, method: "item/fileChange/requestApproval", params: { itemId: "call-2" } };
    expect(hears(working(), began, updated, asking).asks[0]?.input).toEqual({ changes: change("two") });
    const late = hears(working(), began, asking, updated);
    expect(late.said.at(-1)).toEqual({ id: 3, result: { decision: "decline" } });
    expect(late).toMatchObject({ withdrawn: ["call-2"], state: { asking: [] } });
  });

  test.each([
    ["nobody told of", undefined],
    ["too long to be shown", "x".repeat(600 * 1024)],
  ])("a patch that is %s is declined", (_, diff) => {
    const changes = [{ path: "/w/a", kind: { type: "add" }, diff }];
    const began = told("item/started", { item: { type: "fileChange", id: "call-2", changes } });
    const asking = { id: 3, method: "item/fileChange/requestApproval", params: { itemId: "call-2" } };
    const played = hears(working(), ...(diff === undefined ? [] : [began]), asking);
    expect(played.asks).toEqual([]);
    expect(played.said.at(-1)).toEqual({ id: 3, result: { decision: "decline" } });
    expect(played.news.at(-1)).toMatchObject({ type: "error" });
  });

  test("more permissions are granted for the turn, and only those that were asked for", () => {
    const params = {
      itemId: "call-3",
      cwd: "/w",
      reason: "net",
      permissions: { network: { enabled: true }, fileSystem: null },
    };
    const asking = hears(working(), { id: "q", method: "item/permissions/requestApproval", params });
    expect(asking.asks).toMatchObject([{ kind: "other", input: { permissions: params.permissions } }]);
    const allowed = next(asking, codexDialogue.answer(asking.state, "call-3", { verdict: "allow", note: null }));
    expect(allowed.said.at(-1)).toEqual({
      id: "q",
      result: { permissions: { network: { enabled: true } }, scope: "turn" },
    });
    const denied = next(asking, codexDialogue.answer(asking.state, "call-3", { verdict: "deny", note: null }));
    expect(denied.said.at(-1)).toEqual({ id: "q", result: { permissions: {}, scope: "turn" } });
  });

  const asksServer = (serverName: string) => ({
    ...{ id: 0, method: "mcpServer/elicitation/request" },
    params: {
      ...{
        threadId: "thread-1",
        turnId: "turn-1",
        serverName,
        mode: "form",
        message: "Allow it?",
        requestedSchema: {},
      },
      _meta: { codex_approval_kind: "mcp_tool_call", tool_name: "t", tool_params: { a: 1 } },
    },
  });
  const bridge = { command: "/bin/steward", args: [] };

  test.each([
    ["steward_run", bridge, "steward"],
    ["steward_run", null, "other"],
    ["other", bridge, "other"],
  ])("a tool of the server %s is of the kind that its way to Steward (%j) says: %s", (server, way, kind) => {
    const began = told("item/started", {
      item: { type: "mcpToolCall", id: "call-4", server, tool: "t", arguments: {} },
    });
    const asking = hears(working({}, { bridge: way }), began, asksServer(server));
    expect(asking.asks).toMatchObject([{ key: "call-4", tool: `${server}/t`, kind, input: { a: 1 } }]);
    const allowed = next(asking, codexDialogue.answer(asking.state, "call-4", { verdict: "allow", note: null }));
    expect(allowed.said.at(-1)).toEqual({ id: 0, result: { action: "accept", content: {}, _meta: null } });
  });

  test("what a server wants to be told is declined, and what the agent wants to be told it decides itself", () => {
    const played = hears(
      working(),
      { id: 0, method: "mcpServer/elicitation/request", params: { serverName: "s", mode: "url", url: "http://x" } },
      { id: 1, method: "item/tool/requestUserInput", params: { questions: [{ id: "q1", question: "Which?" }] } },
      { id: 2, method: "account/chatgptAuthTokens/refresh", params: {} },
    );
    expect(played.asks).toEqual([]);
    expect(played.said.slice(-3)).toMatchObject([
      { id: 0, result: { action: "decline" } },
      { id: 1, result: { answers: { q1: { answers: [expect.stringContaining("Decide yourself")] } } } },
      { id: 2, error: { code: -32601 } },
    ]);
  });
});
