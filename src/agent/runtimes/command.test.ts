import { describe, expect, test } from "vitest";
import { anAgent } from "../../../test/builders.ts";
import { commandRuntime, fillIn } from "./command.ts";

const input = {
  prompt: 'Say $HOME; {taskId} `rm` "quoted"\nand more',
  promptFile: "/runs/run-4/prompt.md",
  taskId: "task-3",
  runId: "run-4",
  workspace: "/srv/my project",
  session: null,
  configDirectory: "/sessions/task-3/shell",
  bridge: null,
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
