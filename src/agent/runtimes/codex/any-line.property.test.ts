import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asksCommand, begun, command, GIVEN, hears, told, working } from "../../../../test/fixtures/codex-talk.ts";
import { codexDialogue } from "./dialogue.ts";

describe("whatever it prints", () => {
  const method = fc.constantFrom(
    ...["turn/started", "turn/completed", "item/started", "item/completed", "item/fileChange/patchUpdated"],
    ...["thread/tokenUsage/updated", "account/rateLimits/updated", "serverRequest/resolved", "error"],
    ...["mcpServer/startupStatus/updated", "item/commandExecution/requestApproval", "item/fileChange/requestApproval"],
    ...["item/permissions/requestApproval", "mcpServer/elicitation/request", "item/tool/requestUserInput", "__proto__"],
  );
  const id = fc.oneof(
    fc.integer({ min: 0, max: 9 }),
    fc.string({ maxLength: 5 }),
    fc.constant(undefined),
    fc.jsonValue(),
  );
  const item = fc.record(
    {
      type: fc.constantFrom(
        "commandExecution",
        "fileChange",
        "mcpToolCall",
        "agentMessage",
        "reasoning",
        "webSearch",
        "x",
      ),
      ...{ id, status: fc.jsonValue(), changes: fc.jsonValue(), text: fc.jsonValue(), summary: fc.jsonValue() },
      ...{ result: fc.jsonValue(), error: fc.jsonValue(), exitCode: fc.jsonValue(), server: id, tool: id },
    },
    { requiredKeys: ["type"] },
  );
  const params = fc.record(
    {
      ...{
        threadId: fc.constantFrom("thread-1", "thread-2", 7),
        turn: fc.jsonValue(),
        item,
        itemId: id,
        requestId: id,
      },
      ...{ error: fc.jsonValue(), tokenUsage: fc.jsonValue(), rateLimits: fc.jsonValue(), permissions: fc.jsonValue() },
      ...{ _meta: fc.jsonValue(), questions: fc.jsonValue(), changes: fc.jsonValue(), willRetry: fc.boolean() },
    },
    { requiredKeys: [] },
  );
  const message = fc.oneof(
    fc.record({ method, params: fc.oneof(params, fc.jsonValue()), id }, { requiredKeys: ["method"] }),
    fc.record(
      { id: fc.integer({ min: 0, max: 7 }), result: fc.jsonValue(), error: fc.jsonValue() },
      { requiredKeys: ["id"] },
    ),
    fc.jsonValue(),
  );
  const line = fc.oneof(
    { weight: 9, arbitrary: message.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string() },
  );

  test("it never throws, and its state stays small and JSON; the same line has the same answer", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.boolean(), (lines, isWorking) => {
        let { state } = isWorking ? working() : begun();
        for (const text of lines) {
          const step = codexDialogue.hear(state, text, GIVEN);
          expect(codexDialogue.hear(state, text, GIVEN)).toEqual(step);
          for (const said of step.say ?? []) expect(said).not.toContain("\n");
          expect(JSON.parse(JSON.stringify(step.state))).toEqual(step.state);
          state = step.state;
        }
        expect(JSON.stringify(state).length).toBeLessThan(64 * 1024);
      }),
      { numRuns: 300 },
    );
  });

  test("no more than a few patches are remembered, and none that nobody could be shown", () => {
    const began = (n: number, length: number) => {
      const changes = [{ path: "/w/a", kind: { type: "add" }, diff: "x".repeat(length) }];
      return told("item/started", { item: { type: "fileChange", id: `call-${n}`, changes } });
    };
    const { state } = hears(working(), ...[1, 2, 3, 4, 5, 6, 7].map((n) => began(n, 9)), began(8, 600 * 1024));
    expect(Object.keys(state.own.patches)).toEqual(["call-3", "call-4", "call-5", "call-6", "call-7"]);
  });

  test("what is remembered is bounded, however much it begins and asks", () => {
    let played = working();
    for (let n = 0; n < 200; n++) {
      const key = `call-${n}`;
      played = hears(
        { ...played, said: [], news: [], asks: [] },
        told("item/started", { item: command({ id: key }) }),
        asksCommand(n, { itemId: key }),
        told("thread/tokenUsage/updated", { threadId: `thread-${n}`, tokenUsage: {} }),
      );
    }
    expect(played.said).toContainEqual({ id: 199, result: { decision: "decline" } });
    const { calls, open, asked, spent } = played.state.own;
    for (const kept of [Object.keys(calls), Object.keys(open), asked, Object.keys(spent)])
      expect(kept).toHaveLength(50);
  });
});
