import { expect, test } from "vitest";
import type { AgentNews } from "./agent-event.ts";
import { newsLine } from "./news-line.ts";

const uses = (input: unknown): AgentNews => ({
  ...{ type: "tool", callId: "c", name: "Bash", input, state: "running", output: null },
});

test.each<[string, unknown, string]>([
  ["its command", { description: "Tests", command: "npm  test" }, "Bash npm test"],
  ["the words of a command", { cmd: ["git", "push"] }, "Bash git push"],
  ["a file, however it is called", { filePath: "a.ts" }, "Bash a.ts"],
  ["all of it where nothing says most", { n: 1 }, 'Bash {"n":1}'],
  ["nothing where there is nothing", null, "Bash"],
])("a tool that runs is told with %s", (_, input, line) => {
  expect(newsLine(uses(input))).toBe(line);
});
