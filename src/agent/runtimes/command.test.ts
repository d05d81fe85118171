import { describe, expect, test } from "vitest";
import { anAgent } from "../../../test/builders.ts";
import { commandRuntime, fillIn } from "./command.ts";

const input = {
  prompt: 'Say $HOME; {taskId} `rm` "quoted"\nand more',
  promptFile: "/runs/run-4/prompt.md",
  taskId: "task-3",
  runId: "run-4",
  workspace: "/srv/my project",
};

describe("the command line", () => {
  test.each([
    ["{prompt}", input.prompt],
    ["--file={promptFile}", "--file=/runs/run-4/prompt.md"],
    ["{taskId}/{runId}", "task-3/run-4"],
    ["{workspace}", "/srv/my project"],
    ["{taskId}{taskId}", "task-3task-3"],
    ["{Prompt} {prompt } {} {other} ${prompt", "{Prompt} {prompt } {} {other} ${prompt"],
    ["", ""],
  ])("%j is filled in, and what comes from outside is never read as a template", (template, filled) => {
    expect(fillIn(template, input)).toBe(filled);
  });

  test("is a list that no shell reads: a prompt with blanks and quotes is one argument", () => {
    const agent = anAgent({ command: ["agent", "-p", "{prompt}", "--in", "{workspace}"] });
    expect(commandRuntime.plan(agent, input)).toEqual({
      argv: ["agent", "-p", input.prompt, "--in", "/srv/my project"],
      stdin: "/runs/run-4/prompt.md",
    });
  });
});

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
    expect(commandRuntime.judge({ exit, result })).toMatchObject(verdict);
  });

  test("what an agent says is cut to a sentence's length", () => {
    const verdict = commandRuntime.judge({ exit: 0, result: { outcome: "failed", reason: "x".repeat(10_000) } });
    expect(JSON.stringify(verdict).length).toBeLessThan(600);
  });
});
