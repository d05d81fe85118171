/** Claude Code, driven as its own SDK drives it: stream-json both ways, with every tool call asked for before it happens. */
import { commandOf } from "../../agent.ts";
import { dialogueOf } from "../dialogue.ts";
import { keepsOwnConfiguration } from "../own-configuration.ts";
import type { LaunchPlan, Runtime } from "../runtime.ts";
import { claudeDialogue } from "./dialogue.ts";

/** Any of these is a login of the agent's own. */
const KEYS = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];

/** The program itself tries so often after an error that passes; beyond that the task waits, not the process. */
const RETRIES = "3";

export const claudeRuntime: Runtime = {
  plan(agent, input): LaunchPlan {
    const [program, ...args] = commandOf(agent);
    // Few tools, and needed by every task: the model is to see them without looking for them.
    const bridge = input.bridge && { steward: { type: "stdio", alwaysLoad: true, ...input.bridge } };
    const argv = [
      ...[program, "-p"],
      ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
      ...["--permission-prompt-tool", "stdio", "--permission-mode", "default"],
      ...(input.session ? ["--resume", input.session.id] : []),
      ...(agent.model === undefined ? [] : ["--model", agent.model]),
      // The user's own servers are not started: they were not meant for work that nobody watches.
      ...["--strict-mcp-config", "--mcp-config", JSON.stringify({ mcpServers: bridge ?? {} })],
      ...["--disallowedTools", "AskUserQuestion"],
      ...(agent.repositorySettings === "use" ? [] : WITHOUT_REPOSITORY),
      ...args,
    ];
    const directory = keepsOwnConfiguration(agent, KEYS) ? {} : { CLAUDE_CONFIG_DIR: input.configDirectory };
    return { argv, stdin: input.promptFile, env: { ...SWITCHES, ...directory } };
  },
  dialogue: dialogueOf(claudeDialogue),
};

/** Settings of a repository name programs (hooks) and variables (where its questions go): whoever wrote them would decide what runs here. */
const WITHOUT_REPOSITORY = [
  ...["--setting-sources", "user"],
  // Its instructions are left out with its settings, and are only words.
  ...[
    "--append-system-prompt",
    "Before you begin, read the CLAUDE.md of this repository, if there is one, and follow it.",
  ],
];

const SWITCHES = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  CLAUDE_CODE_MAX_RETRIES: RETRIES,
  DISABLE_AUTOUPDATER: "1",
};
