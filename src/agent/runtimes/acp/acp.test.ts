import { expect, test } from "vitest";
import type { Agent } from "../../agent.ts";
import { acpRuntime } from "./acp.ts";
import { knownAgent, programOf } from "./known-agents.ts";

const INPUT = {
  ...{ prompt: "p", promptFile: "/run/prompt", taskId: "task-1", runId: "run-1", workspace: "/work" },
  ...{ session: null, configDirectory: "/own", bridge: { command: "/bin/steward", args: ["mcp"] } },
};

const plan = (agent: Partial<Agent>) => acpRuntime.plan({ runtime: "acp", ...agent } as Agent, INPUT);

test.each([
  [["/opt/bin/gemini", "--acp"], "gemini"],
  [["/opt/opencode.exe", "acp"], "opencode"],
  [["node", "--no-warnings", "/opt/gemini-cli/gemini.js"], "gemini"],
  [["node", "/opt/other.js"], "node"],
  [["hasOwnProperty"], "hasOwnProperty"],
])("the program of %j is %s", (command, program) => {
  expect(programOf(command)).toBe(program);
});

test("a program that nobody knows is one that speaks the protocol, whatever it is called", () => {
  for (const name of ["constructor", "__proto__", "other"]) expect(knownAgent(name).usage).toBe("turn");
  expect(plan({ command: ["other", "--acp"] })).toMatchObject({ argv: ["other", "--acp"], env: {}, files: {} });
});

test("with a key of its own an agent finds none of its user's configuration, and a login that takes up sessions", () => {
  const { env, files, argv } = plan({ command: ["gemini", "--acp"], model: "m", env: { GEMINI_API_KEY: "k" } });
  expect(env).toMatchObject({ GEMINI_CLI_HOME: "/own", GEMINI_CLI_NO_RELAUNCH: "true" });
  expect(JSON.parse(files?.["/own/.gemini/settings.json"] ?? "")).toMatchObject({
    security: { auth: { selectedType: "gemini-api-key" } },
  });
  expect(argv).toEqual(["gemini", "--acp", "--approval-mode", "default", "--model", "m"]);
  const own = plan({ command: ["gemini", "--acp"] });
  expect(own.env).not.toHaveProperty("GEMINI_CLI_HOME");
  expect(own.files).toEqual({});
});

test("OpenCode, which would ask nobody, asks before it changes anything or leaves its workspace", () => {
  const { env } = plan({ command: ["opencode", "acp"] });
  const rules = JSON.parse(env?.OPENCODE_PERMISSION ?? "") as Record<string, unknown>;
  expect(Object.keys(rules)[0]).toBe("*");
  expect(rules).toMatchObject({ "*": "ask", bash: "ask", edit: "ask", external_directory: "ask", webfetch: "ask" });
  const allowed = Object.entries(rules).filter(([, rule]) => rule === "allow");
  expect(allowed.map(([name]) => name)).toEqual([
    "glob",
    "grep",
    "list",
    "lsp",
    "skill",
    "todoread",
    "todowrite",
    "task",
  ]);
});

test("Copilot is told of Steward's tools by an argument", () => {
  const { argv, env } = plan({ command: ["copilot", "--acp"], configDirectory: "scratch" });
  expect(argv.slice(0, 3)).toEqual(["copilot", "--acp", "--additional-mcp-config"]);
  expect(JSON.parse(argv[3] ?? "").mcpServers.steward).toMatchObject({ command: "/bin/steward", args: ["mcp"] });
  expect(env).toMatchObject({ COPILOT_HOME: "/own", COPILOT_ALLOW_ALL: "false" });
});
