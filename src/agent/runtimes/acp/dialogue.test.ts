import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Agent } from "../../agent.ts";
import type { Step } from "../dialogue.ts";
import type { RunInput } from "../run-input.ts";
import { acpDialogue } from "./dialogue.ts";
import type { AcpOwn, State } from "./state.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const given = { prompt: () => "Write hello.txt", now: NOW };
const AGENT: Agent = { runtime: "acp", command: ["other", "--acp"] };
const INPUT: RunInput = {
  ...{ prompt: "Write hello.txt", promptFile: "/run/prompt", taskId: "task-1", runId: "run-1" },
  ...{ workspace: "/work", session: null, configDirectory: "/own", bridge: null },
};

/** One step after the other, with all that came of them. */
function talk(agent: Partial<Agent> = {}, input: Partial<RunInput> = {}) {
  const first = acpDialogue.begin({ ...AGENT, ...agent } as Agent, { ...INPUT, ...input });
  const all = { state: first.state, say: [...(first.say ?? [])], news: [], asks: [], withdrawn: [] } as {
    state: State;
    say: string[];
    news: NonNullable<Step["news"]>[number][];
    asks: NonNullable<Step["asks"]>[number][];
    withdrawn: string[];
  };
  const take = (step: Step<AcpOwn>) => {
    all.state = JSON.parse(JSON.stringify(step.state)) as State;
    all.say.push(...(step.say ?? []));
    all.news.push(...(step.news ?? []));
    all.asks.push(...(step.asks ?? []));
    all.withdrawn.push(...(step.withdrawn ?? []));
    return it;
  };
  const it = {
    all,
    hear: (...lines: object[]) => {
      for (const line of lines) take(acpDialogue.hear(all.state, JSON.stringify({ jsonrpc: "2.0", ...line }), given));
      return it;
    },
    line: (line: string) => take(acpDialogue.hear(all.state, line, given)),
    answer: (key: string, verdict: "allow" | "deny", note: string | null = null) =>
      take(acpDialogue.answer(all.state, key, { verdict, note })),
    interrupt: () => take(acpDialogue.interrupt(all.state)),
    lastSaid: () => JSON.parse(all.say.at(-1) ?? "null"),
    types: () => all.news.map(({ type }) => type),
  };
  return it;
}

const initialized = (capabilities: object = {}) => ({
  id: 1,
  result: { protocolVersion: 1, agentCapabilities: capabilities, agentInfo: { name: "a", version: "1.2" } },
});
const opened = { id: 2, result: { sessionId: "s1" } };
const update = (told: object) => ({ method: "session/update", params: { sessionId: "s1", update: told } });
const says = (piece: string) =>
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: piece } });
const asks = (id: number, toolCall: object) => ({
  id,
  method: "session/request_permission",
  params: {
    sessionId: "s1",
    toolCall,
    options: [
      { optionId: "b", kind: "reject_once" },
      { optionId: "c", kind: "allow_always" },
      { optionId: "a", kind: "allow_once" },
    ],
  },
});
const RUNS = {
  toolCallId: "t1",
  kind: "execute",
  title: "echo hi",
  status: "pending",
  rawInput: { command: "echo hi" },
};
const endTurn = { id: 3, result: { stopReason: "end_turn" } };
const working = (agent: Partial<Agent> = {}) => talk(agent).hear(initialized(), opened);

test("it greets, opens a session and says the prompt, offering neither files nor terminals", () => {
  const { all } = working();
  expect(all.say.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ id: 1, method: "initialize" }),
    { jsonrpc: "2.0", id: 2, method: "session/new", params: { cwd: "/work", mcpServers: [] } },
    {
      ...{ jsonrpc: "2.0", id: 3, method: "session/prompt" },
      params: { sessionId: "s1", prompt: [{ type: "text", text: "Write hello.txt" }] },
    },
  ]);
  expect(JSON.parse(all.say[0] ?? "").params.clientCapabilities).toEqual({
    fs: { readTextFile: false, writeTextFile: false },
    terminal: false,
  });
  expect(all.news).toEqual([{ type: "started", session: "s1", model: null, version: "1.2" }]);
});

test("the bridge is an MCP server of the session, or an argument where the agent takes none by the protocol", () => {
  const bridge = { command: "/bin/steward", args: ["mcp"] };
  expect(talk({}, { bridge }).hear(initialized()).lastSaid().params.mcpServers).toEqual([
    { name: "steward", ...bridge, env: [] },
  ]);
  const copilot = talk({ command: ["/bin/copilot", "--acp"] }, { bridge }).hear(initialized());
  expect(copilot.lastSaid().params.mcpServers).toEqual([]);
});

test("a session is told of only where it can be taken up again", () => {
  expect(working().all.state.session).toBeNull();
  expect(talk().hear(initialized({ loadSession: true }), opened).all.state.session).toBe("s1");
});

describe("taking up a session", () => {
  const before = { session: { id: "s1", usage: null, isDeferred: false } };
  const done = { id: 2, result: {} };

  test("resumes where it may be resumed, else loads, else says that it cannot", () => {
    const resume = initialized({ loadSession: true, sessionCapabilities: { resume: {} } });
    expect(talk({}, before).hear(resume).lastSaid().method).toBe("session/resume");
    const load = talk({}, before).hear(initialized({ loadSession: true }));
    expect(load.lastSaid()).toMatchObject({ method: "session/load", params: { sessionId: "s1", cwd: "/work" } });
    expect(talk({}, before).hear(initialized()).all.state.ended).toMatchObject({ ok: false, failure: "session_gone" });
  });

  test("what is told anew while it loads is neither news nor spent", () => {
    const it = talk({}, before).hear(initialized({ loadSession: true }));
    const old = update({ sessionUpdate: "usage_update", cost: { amount: 9, currency: "USD" } });
    it.hear(says("old"), update({ sessionUpdate: "tool_call", ...RUNS }), old, done);
    expect(it.types()).toEqual(["started"]);
    expect(it.hear(says("new"), endTurn).all.state.ended).toMatchObject({ ok: true, text: "new" });
  });

  test("Gemini tells it anew even after the answer, up to its commands", () => {
    const it = talk({ command: ["gemini", "--acp"] }, before).hear(initialized({ loadSession: true }), done);
    it.hear(says("old"), update({ sessionUpdate: "available_commands_update" }), says("new"), endTurn);
    expect(it.all.news).toContainEqual({ type: "text", text: "new" });
    expect(it.all.news).not.toContainEqual({ type: "text", text: "old" });
  });

  test("one that is not there any more ends the run before anything came of it", () => {
    const error = { code: -32603, message: "Internal error", data: { details: "No such session" } };
    const { state } = talk({}, before).hear(initialized({ loadSession: true }), { id: 2, error }).all;
    expect(state.ended).toMatchObject({ failure: "session_gone", reason: "Internal error: No such session" });
  });
});

describe("its model", () => {
  test("is an option of the session, or a word of its own, and nothing else", () => {
    const option = { id: "which", category: "model", currentValue: "small" };
    const asOption = talk({ model: "big" }).hear(initialized(), {
      id: 2,
      result: { sessionId: "s1", configOptions: [option] },
    });
    expect(asOption.lastSaid()).toMatchObject({
      method: "session/set_config_option",
      params: { sessionId: "s1", configId: "which", value: "big" },
    });
    expect(asOption.hear({ id: 3, result: {} }).lastSaid().method).toBe("session/prompt");
    const models = { currentModelId: "small", availableModels: [] };
    const asWord = talk({ model: "big" }).hear(initialized(), { id: 2, result: { sessionId: "s1", models } });
    expect(asWord.lastSaid()).toMatchObject({ method: "session/set_model", params: { modelId: "big" } });
    expect(talk({ model: "big" }).hear(initialized(), opened).all.state.ended).toMatchObject({ failure: "model" });
  });
});

describe("its mode", () => {
  const AUTO = { id: "auto", description: "A model decides" };
  const PLAN = { id: "plan", description: "Changes nothing" };
  const DEFAULT = { id: "default", description: "Requires approval" };
  const modes = (currentModeId: string, ...availableModes: object[]) => ({ modes: { currentModeId, availableModes } });
  const begins = (told: object, agent: Partial<Agent> = {}) =>
    talk(agent).hear(initialized(), { id: 2, result: { sessionId: "s1", ...told } });
  const inAuto = modes("auto", PLAN, DEFAULT, AUTO);
  const goes = (currentModeId: string) => update({ sessionUpdate: "current_mode_update", currentModeId });

  test("is set to one in which it asks, before the prompt", () => {
    const it = begins(inAuto);
    expect(it.lastSaid()).toMatchObject({ id: 3, method: "session/set_mode" });
    expect(it.lastSaid().params).toEqual({ sessionId: "s1", modeId: "default" });
    expect(it.hear({ id: 3, result: {} }).lastSaid()).toMatchObject({ id: 4, method: "session/prompt" });
    const done = it.hear(says("Done."), { id: 4, result: { stopReason: "end_turn" } }).all.state.ended;
    expect(done).toMatchObject({ ok: true });
  });

  test("is set as an option where that is how it is offered", () => {
    const options = ["auto", "default"].map((value) => ({ value }));
    const option = { id: "which", category: "mode", currentValue: "auto", options };
    expect(begins({ configOptions: [option] }).lastSaid()).toMatchObject({
      method: "session/set_config_option",
      params: { sessionId: "s1", configId: "which", value: "default" },
    });
    const opencode = begins({ configOptions: [option] }, { command: ["opencode", "acp"] });
    expect(opencode.lastSaid().method).toBe("session/prompt");
  });

  test("is set in a session that is taken up, too, after its model", () => {
    const session = { id: "s1", usage: null, isDeferred: false };
    const it = talk({ model: "m" }, { session }).hear(initialized({ loadSession: true }));
    it.hear({ id: 2, result: { models: {}, ...inAuto } });
    expect(it.lastSaid().method).toBe("session/set_model");
    expect(it.hear({ id: 3, result: {} }).lastSaid()).toMatchObject({ id: 4, method: "session/set_mode" });
    expect(it.hear({ id: 4, result: {} }).lastSaid().method).toBe("session/prompt");
  });

  test.each<[string, object, Partial<Agent>]>([
    ["it asks already", modes("default", AUTO, DEFAULT), {}],
    ["it asks already, by another name", modes("ask", DEFAULT, { id: "ask" }), {}],
    ["it only plans", modes("plan", PLAN, DEFAULT), {}],
    ["none is offered in which it would ask", modes("agent", { id: "agent" }, PLAN), {}],
    ["to ask is to be asked", modes("agent", { id: "agent" }, { id: "ask", description: "Questions and answers" }), {}],
    ["it may do anything", inAuto, { permissions: "yolo" }],
    ["what it tells is none", modes("auto", [], { id: 3 }), {}],
  ])("is left as it is where %s", (_why, told, agent) => {
    expect(begins(told, agent).lastSaid().method).toBe("session/prompt");
  });

  test("that it does not take ends the run before the prompt", () => {
    const it = begins(inAuto).hear({ id: 3, error: { code: -32603, message: "No." } });
    expect(it.all.state.ended).toMatchObject({ failure: "protocol", reason: expect.stringContaining("No.") });
    expect(it.all.say.join()).not.toContain("session/prompt");
  });

  test("that changes before the prompt is set with what was told last", () => {
    const it = talk({ model: "m" }).hear(initialized(), {
      id: 2,
      result: { sessionId: "s1", models: {}, ...modes("default", AUTO, DEFAULT) },
    });
    expect(it.hear(goes("auto"), { id: 3, result: {} }).lastSaid().method).toBe("session/set_mode");
  });

  const asking = (agent: Partial<Agent> = {}) => begins(modes("default", PLAN, DEFAULT, AUTO), agent);

  test("that it leaves by itself is set back in the middle of its turn, which goes on", () => {
    const it = asking().hear(goes("plan"), goes("auto"));
    expect(it.lastSaid()).toMatchObject({ id: "mode-1", method: "session/set_mode", params: { modeId: "default" } });
    expect(it.all.news.at(-1)).toMatchObject({ type: "error", message: expect.stringContaining('"auto"') });
    it.hear(goes("auto"), goes("default"), { id: "mode-1", result: {} }, goes("default"));
    expect(it.all.say.filter((line) => line.includes("set_mode"))).toHaveLength(1);
    expect(it.hear(says("Done."), endTurn).all.state.ended).toMatchObject({ ok: true });
  });

  test("that it leaves again and again, or does not go back to, ends the run", () => {
    const it = asking();
    for (const n of [1, 2, 3]) it.hear(goes("auto"), { id: `mode-${n}`, result: {} });
    expect(it.all.state.ended).toBeNull();
    it.hear(asks(7, RUNS), goes("auto"));
    expect(it.all.state.ended).toMatchObject({ ok: false, failure: "protocol" });
    expect(it.all.say.slice(-2).map((line) => JSON.parse(line))).toEqual([
      { jsonrpc: "2.0", method: "session/cancel", params: { sessionId: "s1" } },
      { jsonrpc: "2.0", id: 7, result: { outcome: { outcome: "cancelled" } } },
    ]);
    expect(it.all.withdrawn).toEqual(["t1"]);
    const refuses = asking().hear(goes("auto"), { id: "mode-1", error: { code: -32603, message: "No." } });
    expect(refuses.all.state.ended).toMatchObject({ failure: "protocol" });
  });

  test("of an agent that may do anything, or that offers none in which it asks, is its own affair", () => {
    for (const it of [asking({ permissions: "yolo" }), begins(modes("build", { id: "build" }))])
      expect(it.hear(goes("auto")).lastSaid().method).toBe("session/prompt");
  });
});

describe("a question", () => {
  test("is answered by the kind of an option, whatever its id and place", () => {
    const it = working().hear(asks(7, RUNS));
    expect(it.all.asks).toEqual([
      expect.objectContaining({ key: "t1", tool: "execute", kind: "execute", input: { command: "echo hi" } }),
    ]);
    const outcome = { outcome: "selected", optionId: "a" };
    expect(it.answer("t1", "allow").lastSaid()).toEqual({ jsonrpc: "2.0", id: 7, result: { outcome } });
    const denied = working().hear(asks(0, RUNS)).answer("t1", "deny", "No.");
    expect(denied.lastSaid().result.outcome.optionId).toBe("b");
    expect(denied.all.news.at(-1)).toMatchObject({ type: "tool", callId: "t1", state: "denied", output: "No." });
  });

  test("is never answered with what holds for longer than once", () => {
    const forGood = { options: [{ optionId: "c", kind: "allow_always" }], sessionId: "s1", toolCall: RUNS };
    const it = working().hear({ id: 7, method: "session/request_permission", params: forGood }).answer("t1", "allow");
    expect(it.lastSaid().result).toEqual({ outcome: { outcome: "cancelled" } });
  });

  test("about a call that was asked for before has a key of its own", () => {
    const it = working().hear(asks(1, RUNS), asks(2, { ...RUNS, rawInput: { command: "other" } }));
    expect(it.all.asks.map(({ key }) => key)).toEqual(["t1", "t1#2"]);
  });

  test("without a tool's input shows its title and what it would change; all paths that it names count", () => {
    const content = [{ type: "diff", path: "/work/a", oldText: "", newText: "x" }];
    const call = { toolCallId: "e", kind: "edit", title: "Write a", content, locations: [{ path: "/elsewhere/b" }] };
    const { all } = working().hear(asks(1, call));
    expect(all.asks[0]).toMatchObject({ input: { title: "Write a", content }, paths: ["/elsewhere/b", "/work/a"] });
  });

  const told = (call: object) => update({ sessionUpdate: "tool_call", status: "pending", ...call });
  const askedOf = (it: ReturnType<typeof talk>) => it.all.asks.at(-1);

  test("that tells only which call it is about shows what was told of that call", () => {
    const it = working().hear(told(RUNS), asks(1, { toolCallId: "t1" }));
    expect(askedOf(it)).toMatchObject({ kind: "execute", title: "echo hi" });
    expect(askedOf(it)?.input).toEqual({ title: "echo hi", rawInput: { command: "echo hi" } });
    const later = { sessionUpdate: "tool_call_update", toolCallId: "t1", rawInput: { command: "rm x" }, title: "" };
    it.hear(update(later), asks(2, { toolCallId: "t1", content: [], rawInput: {} }));
    expect(askedOf(it)?.input).toEqual({ title: "echo hi", rawInput: { command: "rm x" } });
  });

  test("shows a title of its own beside an input that was told before it", () => {
    const it = working().hear(told(RUNS), asks(1, { toolCallId: "t1", title: "rm -rf ." }));
    expect(askedOf(it)?.input).toEqual({ title: "rm -rf .", rawInput: { command: "echo hi" } });
  });

  test.each(["*** Begin Patch", ["a", "b"], 0, false])("shows a tool's input that is %j", (rawInput) => {
    expect(askedOf(working().hear(asks(1, { toolCallId: "t", title: "x", rawInput })))?.input).toEqual(rawInput);
  });

  test("is about all that was told of its call, text too: two that differ in it are two", () => {
    const inputOf = (text: string) => {
      const content = [{ type: "content", content: { type: "text", text } }];
      return askedOf(working().hear(asks(1, { toolCallId: "t", title: "Go", content })))?.input;
    };
    expect(inputOf("a")).not.toEqual(inputOf("b"));
  });

  test.each([
    {},
    { kind: "execute", title: " " },
    { kind: "execute", locations: [{ path: "/work" }], content: [{}] },
    { rawInput: null, content: "x" },
  ])("of which nobody could see what it would do, as %j, is denied unseen, and why is told", (call) => {
    const it = working().hear(asks(7, { toolCallId: "t", ...call }));
    expect(it.all.asks).toEqual([]);
    expect(it.lastSaid()).toMatchObject({ id: 7, result: { outcome: { optionId: "b" } } });
    const output = expect.stringContaining("without saying what it would do");
    expect(it.all.news.at(-1)).toMatchObject({ type: "tool", callId: "t", state: "denied", output });
    it.hear({ id: 3, result: { stopReason: "end_turn" } });
    expect(it.lastSaid().params.prompt[0].text).toContain("without saying what it would do");
  });

  test("about a call that was told at too great a length is denied, unless it tells all itself", () => {
    const long = { ...RUNS, rawInput: { command: "x".repeat(200 * 1024) } };
    const it = working().hear(told(long), asks(1, { toolCallId: "t1", title: "echo hi" }));
    expect(it.all.asks).toEqual([]);
    expect(JSON.stringify(it.all.state).length).toBeLessThan(10 * 1024);
    expect(askedOf(it.hear(asks(2, RUNS)))).toMatchObject({ input: RUNS.rawInput });
  });

  test("that comes after many long calls is about the last of them; the first are forgotten", () => {
    const it = working();
    const call = (n: number) => told({ ...RUNS, toolCallId: `t${n}`, rawInput: { command: `${n}`.repeat(30 * 1024) } });
    for (const n of [1, 2, 3, 4, 5, 6]) it.hear(call(n));
    expect(JSON.stringify(it.all.state).length).toBeLessThan(140 * 1024);
    expect(it.hear(asks(1, { toolCallId: "t1" })).all.asks).toEqual([]);
    expect(askedOf(it.hear(asks(2, { toolCallId: "t6" })))).toMatchObject({ key: "t6", kind: "execute" });
  });

  test.each<[object, string[]]>([
    [{ rawInput: { path: "a", destination: "/etc/b" } }, ["a", "/etc/b"]],
    [{ rawInput: { edit: { newPath: "/etc/b", newText: "/x" } } }, ["/etc/b"]],
    [{ rawInput: { targets: ["a", { name: "/etc/b" }] } }, ["a", "/etc/b"]],
    [{ rawInput: { changes: { "/etc/b": { content: "x" } } } }, ["/etc/b"]],
    [{ rawInput: { path: "file:///etc/b" } }, ["/file:///etc/b"]],
    [{ rawInput: { path: "a", file_text: "../x", old_str: "/y", content: "/z" } }, ["a"]],
    [{ rawInput: "a patch" }, []],
    [{ rawInput: "*** Begin Patch\n*** Update File: a\n" }, []],
    [{ rawInput: { path: "a", patch: "*** Begin Patch\n  *** Add File: /etc/b\r\n+x" } }, ["a", "/etc/b"]],
    [{ rawInput: { path: "a", input: "*** Update File: a\n*** Move to: ../b\n" } }, ["a", "../b"]],
    [{ rawInput: { path: "a", diff: "--- /dev/null\n+++ b/in/c\t2026\n@@" } }, ["a", "b/in/c", "in/c"]],
    [{ rawInput: { path: "a", diff: "diff --git a/a b/.git/c\nnew mode" } }, ["a", "a/a", "b/.git/c", ".git/c"]],
    [{ rawInput: { path: "a", diff: "rename from a\nrename to /etc/b" } }, ["a", "/etc/b"]],
    [{ rawInput: { path: "a", diff: '+++ "b/\\057etc"' } }, ["a", "/"]],
  ])("about an edit names every path of it: %j", (call, paths) => {
    expect(askedOf(working().hear(asks(1, { toolCallId: "t", kind: "edit", ...call })))?.paths).toEqual(paths);
  });

  test("about an edit names the paths that were told of it before", () => {
    const edit = { toolCallId: "t", kind: "edit", title: "Edit", locations: [{ path: "/etc/b" }] };
    const it = working().hear(told(edit), asks(1, { toolCallId: "t", rawInput: { path: "a" } }));
    expect(askedOf(it)).toMatchObject({ kind: "edit", paths: ["/etc/b", "a"] });
  });

  test.each([
    ["opencode", { kind: "other", title: "steward_task_report" }, "steward"],
    ["opencode", { kind: "execute", title: "steward_task_report" }, "execute"],
    ["other", { kind: "other", title: "steward_task_report" }, "other"],
    ["gemini", { kind: "other", title: "task_report (steward MCP Server)" }, "steward"],
    ["gemini", { kind: "read", title: "/etc/passwd" }, "read"],
    ["gemini", { kind: "move", title: "a to b" }, "other"],
  ])("of %s about %o is one of %s", (program, call, kind) => {
    const { all } = working({ command: [program] }).hear(asks(1, { toolCallId: "t", ...call }));
    expect(all.asks[0]?.kind).toBe(kind);
  });

  test("of Steward's own tools is known by the name of the call where its title is another", () => {
    const call = {
      toolCallId: "t",
      kind: "other",
      title: "steward-task_report",
      status: "pending",
      rawInput: { a: 1 },
    };
    const it = working({ command: ["copilot"] }).hear(update({ sessionUpdate: "tool_call", ...call }));
    expect(it.hear(asks(1, { ...call, title: "Task: report" })).all.asks[0]).toMatchObject({ kind: "steward" });
  });
});

test.each([
  ["mcp__steward__task_report", "other", "steward"],
  ["mcp__steward__task_report", "execute", "execute"],
  ["mcp__other__task_report", "other", "other"],
  [undefined, "other", "other"],
])("Qwen's tool %s of the kind %s is one of %s, whatever it is called", (toolName, kind, as) => {
  const call = { toolCallId: "t", kind, title: "mcp__steward__x (steward MCP Server)", _meta: { toolName } };
  expect(working({ command: ["qwen"] }).hear(asks(1, call)).all.asks[0]?.kind).toBe(as);
});

test("a command is never taken for a tool of Steward's, whatever it was called before", () => {
  const named = update({
    sessionUpdate: "tool_call",
    toolCallId: "t1",
    title: "steward_task_report",
    status: "pending",
  });
  const it = working({ command: ["opencode"] }).hear(named, asks(1, RUNS));
  expect(it.all.asks[0]).toMatchObject({ kind: "execute" });
});

test("ids of calls are the agent's own: what every object has is none of them", () => {
  const it = working().hear(asks(1, { ...RUNS, toolCallId: "constructor" }));
  expect(it.all.asks[0]).toMatchObject({ key: "constructor", tool: "execute" });
  expect(it.all.news.at(-1)).toMatchObject({ type: "tool", callId: "constructor", state: "running" });
});

test("what Steward does not offer is answered with an error, and so is another session's question", () => {
  const it = working().hear({ id: "x", method: "fs/read_text_file", params: { sessionId: "s1", path: "/etc/passwd" } });
  expect(it.lastSaid()).toMatchObject({ id: "x", error: { code: -32601 } });
  const other = { ...asks(8, RUNS), params: { ...asks(8, RUNS).params, sessionId: "s2" } };
  expect(it.hear(other).lastSaid()).toMatchObject({ id: 8, error: { code: -32601 } });
  expect(it.all.asks).toEqual([]);
});

test("what it says in pieces is told by paragraphs; what it said last is its last word", () => {
  const it = working().hear(says("I be"), says("gin.\n\nNow "), says("I look."));
  it.hear(update({ sessionUpdate: "tool_call", ...RUNS, status: "in_progress" }));
  it.hear(
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: "completed", rawOutput: { output: "hi" } }),
  );
  it.hear(says("All "), says("done."), endTurn);
  expect(it.all.news.slice(1)).toEqual([
    { type: "text", text: "I begin." },
    { type: "text", text: "Now I look." },
    { type: "tool", callId: "t1", name: "execute", input: { command: "echo hi" }, state: "running", output: null },
    { type: "tool", callId: "t1", name: "execute", input: null, state: "completed", output: "hi" },
    { type: "text", text: "All done." },
    { type: "ended", ok: true, failure: null, reason: null, text: "All done." },
  ]);
});

test("a prompt that an agent would take for a command of its own is one no more", () => {
  const prompt = () => "/allow-all on";
  const { state } = talk().hear(initialized()).all;
  const step = acpDialogue.hear(state, JSON.stringify({ jsonrpc: "2.0", ...opened }), { ...given, prompt });
  expect(JSON.parse(step.say?.[0] ?? "").params.prompt[0].text).toBe("Your task:\n\n/allow-all on");
});

test("one that stops at a denial is told to go on, a few times", () => {
  const it = working({ command: ["copilot"] });
  for (const n of [1, 2, 3]) {
    it.hear(asks(n, { ...RUNS, toolCallId: `t${n}` })).answer(`t${n}`, "deny", "Not now.");
    it.hear(says("Info: Operation cancelled by user"), { id: n + 2, result: { stopReason: "end_turn" } });
    expect(it.lastSaid()).toMatchObject({ id: n + 3, method: "session/prompt" });
    expect(it.lastSaid().params.prompt[0].text).toContain("Not now.");
  }
  it.hear(asks(4, { ...RUNS, toolCallId: "t4" }))
    .answer("t4", "deny")
    .hear({ id: 6, result: { stopReason: "end_turn" } });
  expect(it.all.state.ended).toMatchObject({ ok: false, failure: "refused" });
});

test("interrupted, it cancels the turn and what it asked; before the turn there is nothing to wait for", () => {
  const it = working().hear(asks(7, RUNS)).interrupt();
  expect(it.all.say.slice(-2).map((line) => JSON.parse(line))).toEqual([
    { jsonrpc: "2.0", method: "session/cancel", params: { sessionId: "s1" } },
    { jsonrpc: "2.0", id: 7, result: { outcome: { outcome: "cancelled" } } },
  ]);
  expect(it.all.withdrawn).toEqual(["t1"]);
  expect(it.hear(asks(8, RUNS)).lastSaid()).toMatchObject({ id: 8, result: { outcome: { outcome: "cancelled" } } });
  expect(it.hear({ id: 3, result: { stopReason: "cancelled" } }).all.state.ended).toMatchObject({
    failure: "interrupted",
  });
  const late = working().interrupt().hear(says("Done."), endTurn);
  expect(late.all.state.ended).toMatchObject({ ok: false, failure: "interrupted" });
  expect(talk().interrupt().all.state.ended).toMatchObject({ failure: "interrupted" });
});

describe("what it spent", () => {
  const ends = (id: number, inputTokens: number) => ({
    id,
    result: { stopReason: "end_turn", usage: { inputTokens, outputTokens: 1 } },
  });
  const spent = (it: ReturnType<typeof talk>) => it.all.news.filter(({ type }) => type === "usage");

  test("is a turn's, or Gemini's own of a turn, or the whole process's", () => {
    expect(spent(working().hear(says("x"), ends(3, 10)))).toMatchObject([{ inputTokens: 10, outputTokens: 1 }]);
    const quota = { token_count: { input_tokens: 7, output_tokens: 2 } };
    const gemini = working({ command: ["gemini"] }).hear(says("x"), {
      id: 3,
      result: { stopReason: "end_turn", _meta: { quota } },
    });
    expect(spent(gemini)).toMatchObject([{ inputTokens: 7, outputTokens: 2 }]);
    const copilot = working({ command: ["copilot"] })
      .hear(asks(1, RUNS))
      .answer("t1", "deny");
    expect(spent(copilot.hear(ends(3, 10), says("x"), ends(4, 30)))).toMatchObject([
      { inputTokens: 10 },
      { inputTokens: 20 },
    ]);
  });

  test("is told by Qwen beside what it says, for each answer of its model, with the cache in its input", () => {
    const tells = (usage: object) =>
      update({
        sessionUpdate: "agent_message_chunk",
        content: { type: "text", text: "" },
        _meta: { usage: { ...usage, totalTokens: 9, thoughtTokens: 1 } },
      });
    const once = tells({ inputTokens: 10, outputTokens: 3, cachedReadTokens: 4 });
    const it = working({ command: ["qwen"] }).hear(once, once);
    expect(spent(it)).toMatchObject([
      { inputTokens: 6, outputTokens: 3, cacheReadTokens: 4 },
      { inputTokens: 6, outputTokens: 3, cacheReadTokens: 4 },
    ]);
    expect(it.all.state.usage).toMatchObject({ inputTokens: 12, outputTokens: 6 });
    expect(spent(working().hear(once))).toEqual([]);
  });

  test("a cost is the session's so far, and counts in dollars alone", () => {
    const cost = (amount: number, currency = "USD") =>
      update({ sessionUpdate: "usage_update", cost: { amount, currency } });
    expect(spent(working().hear(cost(0.5), cost(0.75), cost(9, "EUR")))).toMatchObject([
      { costUsd: 0.5 },
      { costUsd: 0.25 },
    ]);
  });
});

/** As the agents said them, with what they mean. */
test.each<[string, object, object]>([
  ["gemini", { code: 429, message: "You have exhausted your daily quota on this model." }, { failure: "limit" }],
  [
    "gemini",
    { code: 401, message: '{"error":{"code":401,"message":"API key not valid."}}' },
    { failure: "auth", reason: "API key not valid." },
  ],
  [
    "gemini",
    {
      code: 400,
      message: '{"error":{"message":"The input token count (12) exceeds the maximum number of tokens allowed."}}',
    },
    { failure: "context_full" },
  ],
  ["gemini", { code: 500, message: "An internal error has occurred." }, { failure: "server" }],
  ["gemini", { code: 503, message: "The model is overloaded." }, { failure: "overloaded" }],
  ["other", { code: -32000, message: "Authentication required" }, { failure: "auth" }],
  ["other", { code: -32603, message: "Internal error", data: { errorKind: "rate_limit" } }, { failure: "limit" }],
  [
    "other",
    { code: -32603, message: "x", data: { codexErrorInfo: "contextWindowExceeded" } },
    { failure: "context_full" },
  ],
  [
    "opencode",
    { code: -32603, message: "Internal error", data: { errorName: "APIError", statusCode: 401 } },
    { failure: "auth" },
  ],
  ["other", { code: 429, message: "insufficient_quota" }, { failure: "billing" }],
  ["other", { code: 429, message: "Try again in 3 days 6 hours." }, { failure: "limit", until: NOW + 78 * 3_600_000 }],
  ["other", { code: 429, message: "Please retry in 34.5s" }, { failure: "limit", until: NOW + 34_500 }],
  ["other", { code: -32603, message: "fetch failed: ECONNREFUSED" }, { failure: "network" }],
  ["other", { code: -32603, message: "It is what it is" }, { failure: "unknown", reason: "It is what it is" }],
  ["other", {}, { failure: "unknown" }],
])("an error of %s: %o", (program, error, ended) => {
  expect(working({ command: [program] }).hear({ id: 3, error }).all.state.ended).toMatchObject({ ok: false, ...ended });
});

test.each<[string, string[], object]>([
  [
    "copilot",
    ["Info: Request failed. Retrying...", "Error: Failed; retried 5 times. Last error: 429 Limit"],
    { failure: "limit" },
  ],
  ["copilot", ["Error: Authentication failed with provider (HTTP 401)."], { failure: "auth" }],
  ["copilot", ["Error: 400 Your input exceeds the context window."], { failure: "context_full" }],
  ["copilot", ["Error: 500 The server had an error.", "I tried again and it works."], { ok: true }],
  ["copilot", ["Error: ", "the file was missing, ", "I made it."], { ok: true }],
  ["other", ["[API Error: 401 Incorrect API key]"], { failure: "auth" }],
  ["gemini", [], { failure: "server" }],
  ["other", [], { failure: "server" }],
])("what %s says in the place of an error is one: %o", (program, pieces, ended) => {
  const it = working({ command: [program] }).hear(...pieces.map(says), endTurn);
  expect(it.all.state.ended).toMatchObject({ ok: false, ...ended });
});

test("what it prints before it speaks the protocol is an error; afterwards it is passed over", () => {
  const it = talk().line("command not found").line("{}").hear(initialized(), opened).line("debug: hello");
  expect(it.all.news.filter(({ type }) => type === "error")).toHaveLength(2);
});

test("another version of the protocol is not spoken", () => {
  const it = talk().hear({ id: 1, result: { protocolVersion: 2 } });
  expect(it.all.state.ended).toMatchObject({ failure: "protocol", reason: expect.stringContaining("version 2") });
});

test("no line makes it throw, and its state stays JSON and small", () => {
  const known = ["t1", "__proto__", "constructor", "t1#2"];
  const method = fc.constantFrom("session/update", "session/request_permission", "fs/write_text_file");
  const kind = fc.constantFrom(
    ...["tool_call", "tool_call_update", "agent_message_chunk", "usage_update", "plan"],
    ...["current_mode_update", "config_option_update"],
  );
  const told = fc.record({
    sessionUpdate: kind,
    toolCallId: fc.constantFrom(...known),
    status: fc.constantFrom("pending", "in_progress", "completed", "failed", 3),
    content: fc.oneof(fc.record({ type: fc.constant("text"), text: fc.string({ maxLength: 5_000 }) }), fc.jsonValue()),
    rawInput: fc.jsonValue(),
    title: fc.oneof(fc.string(), fc.jsonValue()),
    currentModeId: fc.constantFrom("default", "auto", 3),
  });
  const message = fc.record(
    {
      id: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.string(), fc.jsonValue()),
      method,
      params: fc.record({
        sessionId: fc.constantFrom("s1", "s2"),
        update: told,
        toolCall: told,
        options: fc.jsonValue(),
      }),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    message.map((said) => JSON.stringify({ jsonrpc: "2.0", ...said })),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const modes = { currentModeId: "default", availableModes: [{ id: "default" }] };
      const it = talk().hear(initialized(), { id: 2, result: { sessionId: "s1", modes } });
      for (const said of lines) {
        const { state } = it.all;
        const [one, two] = [acpDialogue.hear(state, said, given), acpDialogue.hear(state, said, given)];
        expect(one).toEqual(two);
        it.line(said);
        for (const key of it.all.state.asking) it.answer(key, key.length % 2 === 0 ? "allow" : "deny");
        expect(JSON.stringify(it.all.state).length).toBeLessThan(256 * 1024);
      }
    }),
    { numRuns: 200 },
  );
});
