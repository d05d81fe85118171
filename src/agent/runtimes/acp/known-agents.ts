/**
 * What is known of agents that speak the protocol and still differ: one entry for each program, recognised by its name.
 * Measured with gemini 0.61, opencode 1.18, copilot 1.0.102 and qwen 0.24.4; whatever is not here is driven by the protocol alone.
 */
import { basename } from "node:path";
import type { KnownAgent, Place } from "./known-agent.ts";
import { QWEN } from "./qwen.ts";

/** Beyond these tries the task waits, not the process. */
const TRIES = 3;

const GEMINI: KnownAgent = {
  keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"],
  // It would start itself a second time, and a signal to the first would not reach the second.
  env: { GEMINI_CLI_NO_RELAUNCH: "true" },
  arguments: ["--approval-mode", "default"],
  modelArguments: (model) => ["--model", model],
  inScratch: ({ directory, env }) => ({
    env: { GEMINI_CLI_HOME: directory },
    files: { [`${directory}/.gemini/settings.json`]: JSON.stringify(geminiSettings(env)) },
  }),
  usage: "turn",
  replayEndsWith: "available_commands_update",
  endsSilently: true,
  ours: /\(steward MCP Server\)$/,
};

/** Without a type of login it takes up no session. */
function geminiSettings(env: Place["env"]): object {
  const selectedType = env.GEMINI_API_KEY === undefined ? "vertex-ai" : "gemini-api-key";
  return {
    security: { auth: { selectedType } },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: TRIES },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
  };
}

/** It allows everything by itself unless it is told to ask; what is named later counts more. */
const OPENCODE_ASKS = {
  "*": "ask",
  read: { "*": "allow", "*.env": "ask", "*.env.*": "ask", "*.env.example": "allow" },
  ...Object.fromEntries(["glob", "grep", "list", "lsp", "skill", "todoread", "todowrite", "task"].map(allowed)),
  question: "deny",
  bash: "ask",
  edit: "ask",
  webfetch: "ask",
  websearch: "ask",
  codesearch: "ask",
  external_directory: "ask",
  doom_loop: "ask",
};

function allowed(name: string): [string, "allow"] {
  return [name, "allow"];
}

const OPENCODE: KnownAgent = {
  keys: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "OPENCODE_API_KEY", "OPENCODE_AUTH_CONTENT"],
  env: {
    OPENCODE_PERMISSION: JSON.stringify(OPENCODE_ASKS),
    // A repository's own settings may bring plugins and servers, which would be started unasked.
    OPENCODE_DISABLE_PROJECT_CONFIG: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  },
  inScratch: (place) => {
    const { env, files } = opencodeConfiguration(place);
    const { directory } = place;
    const xdg = { XDG_CONFIG_HOME: `${directory}/config`, XDG_DATA_HOME: `${directory}/data` };
    return { env: { ...env, ...xdg, XDG_STATE_HOME: `${directory}/state` }, files };
  },
  inOwn: opencodeConfiguration,
  usage: "turn",
  asksInAnyMode: true,
  ours: /^steward_/,
};

function opencodeConfiguration({ directory }: Place) {
  const path = `${directory}/steward.json`;
  const content = { share: "disabled", autoupdate: false, experimental: { continue_loop_on_deny: true } };
  return { env: { OPENCODE_CONFIG: path }, files: { [path]: JSON.stringify(content) } };
}

const COPILOT: KnownAgent = {
  keys: [
    "COPILOT_GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "COPILOT_PROVIDER_API_KEY",
    "COPILOT_PROVIDER_BEARER_TOKEN",
    "COPILOT_PROVIDER_BASE_URL",
  ],
  env: { COPILOT_AUTO_UPDATE: "false", COPILOT_ALLOW_ALL: "false" },
  modelArguments: (model) => ["--model", model],
  // By the protocol it takes only servers that listen somewhere.
  bridgeArguments: ({ command, args }) => {
    const steward = { type: "local", command, args, tools: ["*"] };
    return ["--additional-mcp-config", JSON.stringify({ mcpServers: { steward } })];
  },
  inScratch: ({ directory }) => ({ env: { COPILOT_HOME: directory } }),
  usage: "process",
  startsPending: true,
  notice: /^(Info|Warning): (?=\S)/,
  errorText: /^Error: (?=\S)/,
  ours: /^steward-/,
};

/** Nothing is known of it but that it speaks the protocol. */
const OTHER: KnownAgent = {
  keys: [],
  inScratch: ({ directory }) => ({
    env: { HOME: directory, XDG_CONFIG_HOME: `${directory}/.config`, XDG_DATA_HOME: `${directory}/.local/share` },
  }),
  usage: "turn",
  errorText: /^\[?API Error: /,
};

const KNOWN: Readonly<Record<string, KnownAgent>> = {
  gemini: GEMINI,
  opencode: OPENCODE,
  copilot: COPILOT,
  qwen: QWEN,
};

/** What starts a program that is named behind it. */
const LAUNCHERS = new Set(["node", "npx", "bun", "bunx", "env"]);

/** The name of the agent's program, as it is known here; else its own. */
export function programOf(command: readonly string[]): string {
  const [program = "", ...rest] = command;
  const own = nameOf(program);
  if (!LAUNCHERS.has(own)) return own;
  return rest.map(nameOf).find((name) => Object.hasOwn(KNOWN, name)) ?? own;
}

export function knownAgent(program: string): KnownAgent {
  return (Object.hasOwn(KNOWN, program) ? KNOWN[program] : undefined) ?? OTHER;
}

/** `/opt/gemini/gemini.js` is gemini; Qwen's files have no name of their own. */
function nameOf(path: string): string {
  if (/\/qwen-code\/cli(-entry)?\.js$/.test(path)) return "qwen";
  return basename(path).replace(/\.(exe|js|mjs|cjs|sh)$/, "");
}
