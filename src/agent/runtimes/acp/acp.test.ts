import { describe, expect, test } from "vitest";
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
  [["/usr/bin/qwen", "--acp"], "qwen"],
  [["node", "/lib/@qwen-code/qwen-code/cli-entry.js", "--acp"], "qwen"],
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

describe("Qwen", () => {
  const command = ["qwen", "--acp"];
  const settingsOf = ({ env, files }: ReturnType<typeof plan>) =>
    JSON.parse(files?.[env?.QWEN_CODE_SYSTEM_SETTINGS_PATH ?? ""] ?? "null") as Record<string, unknown>;

  test.each([{}, { OPENAI_API_KEY: "k" }])("begins by asking, in a folder that it does not trust: env %j", (env) => {
    const it = plan({ command, env, model: "m" });
    expect(it.argv.slice(0, 4)).toEqual(["qwen", "--acp", "--approval-mode", "default"]);
    expect(it.argv.join(" ")).toMatch(/--append-system-prompt .*AGENTS\.md.* --model m/);
    expect(settingsOf(it)).toMatchObject({
      security: { folderTrust: { enabled: true } },
      permissions: { ask: ["run_shell_command"] },
    });
    expect(it.files?.[it.env?.QWEN_CODE_TRUSTED_FOLDERS_PATH ?? ""]).toBe("{}");
  });

  test("heeds a repository's settings where it is told to, and asks as before", () => {
    const it = plan({ command, repositorySettings: "use" });
    expect(settingsOf(it)).toMatchObject({ permissions: { ask: ["run_shell_command"] } });
    expect(settingsOf(it)).not.toHaveProperty("security");
    expect(it.env).not.toHaveProperty("QWEN_CODE_TRUSTED_FOLDERS_PATH");
    expect(it.argv).toContain("default");
    expect(it.argv).not.toContain("--append-system-prompt");
  });

  test("has a configuration of the task with any of its keys, which says how it logs in", () => {
    expect(plan({ command }).env).not.toHaveProperty("QWEN_HOME");
    for (const [key, selectedType] of [
      ["OPENAI_API_KEY", "openai"],
      ["ANTHROPIC_API_KEY", "anthropic"],
      ["GEMINI_API_KEY", "gemini"],
    ] as const) {
      const { env, files } = plan({ command, env: { [key]: "k" } });
      expect(env?.QWEN_HOME).toBe("/own");
      expect(JSON.parse(files?.["/own/settings.json"] ?? "")).toMatchObject({ security: { auth: { selectedType } } });
    }
  });

  test("is told of Steward's tools by an argument, so that they are not hidden from its model", () => {
    const { argv } = plan({ command });
    const told = JSON.parse(argv[argv.indexOf("--mcp-config") + 1] ?? "");
    expect(told.mcpServers.steward).toEqual({ command: "/bin/steward", args: ["mcp"], alwaysLoadTools: true });
  });
});
