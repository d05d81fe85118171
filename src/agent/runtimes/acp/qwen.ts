/**
 * Qwen Code (0.24.4). Left to itself it begins in a mode in which a model decides what is safe, and a repository may bring along
 * hooks, servers, variables, another model's address, and rules that allow anything.
 */
import { fields, text } from "../json-line.ts";
import type { KnownAgent, Place, Surroundings } from "./known-agent.ts";

/** Where an administrator says what holds for all (Linux). */
const ADMINISTRATORS = "/etc/qwen-code/settings.json";

/** Variables that hold a key, with what it calls a login by that. */
const LOGINS = { OPENAI_API_KEY: "openai", ANTHROPIC_API_KEY: "anthropic", GEMINI_API_KEY: "gemini" };

export const QWEN: KnownAgent = {
  keys: Object.keys(LOGINS),
  env: {
    QWEN_CODE_NO_RELAUNCH: "true",
    // Else its model is asked before Steward's tools are there.
    QWEN_CODE_LEGACY_MCP_BLOCKING: "1",
  },
  // Questions to a person cannot be answered over the protocol: Steward has a tool for them.
  arguments: ["--approval-mode", "default", "--exclude-tools", "ask_user_question"],
  withoutRepository: [
    "--append-system-prompt",
    // They are left out with its settings, and are only words.
    "Before you begin, read the QWEN.md and the AGENTS.md of this repository, if there are any, and follow them.",
  ],
  modelArguments: (model) => ["--model", model],
  // Told by the protocol they would be hidden behind a search for tools.
  bridgeArguments: ({ command, args }) => {
    const steward = { command, args, alwaysLoadTools: true };
    return ["--mcp-config", JSON.stringify({ mcpServers: { steward } })];
  },
  inScratch(place) {
    const { env, files } = above(place);
    const own = JSON.stringify(scratchSettings(place));
    return {
      env: { ...env, QWEN_HOME: place.directory },
      files: { ...files, [`${place.directory}/settings.json`]: own },
    };
  },
  inOwn: above,
  usage: "answer",
  toolName: ({ _meta }) => text(fields(_meta).toolName, 200),
  ours: /^mcp__steward__/,
};

/** Settings that stand above its user's. */
function above({ directory, usesRepository }: Place): Surroundings {
  const [settings, folders] = [`${directory}/steward.json`, `${directory}/no-trusted-folders.json`];
  const env = { QWEN_CODE_SYSTEM_SETTINGS_PATH: settings, QWEN_CODE_SYSTEM_DEFAULTS_PATH: ADMINISTRATORS };
  const content = JSON.stringify({ ...ABOVE, ...(!usesRepository && TRUSTS_NOTHING) });
  if (usesRepository) return { env, files: { [settings]: content } };
  // In a folder that it does not trust it heeds nothing of the repository, and goes into no mode in which it would not ask.
  return {
    env: { ...env, QWEN_CODE_TRUSTED_FOLDERS_PATH: folders },
    files: { [settings]: content, [folders]: "{}" },
  };
}

const TRUSTS_NOTHING = { security: { folderTrust: { enabled: true } } };

const ABOVE = {
  // It knows commands that only read and would not ask for them, wherever they read.
  permissions: { ask: ["run_shell_command"] },
  general: { enableAutoUpdate: false },
  // What it would do for itself when its work is over, in its user's memory too.
  memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false },
  ui: { enableFollowupSuggestions: false },
  // It tries seven times anyway, which takes more than a minute; then the task waits, not the process.
  model: { generationConfig: { maxRetries: 0 } },
};

/** Without a type of login it needs the address and the model in variables, too. */
function scratchSettings({ env }: Place): object {
  const type = Object.entries(LOGINS).find(([key]) => env[key] !== undefined)?.[1];
  return {
    ...(type !== undefined && { security: { auth: { selectedType: type } } }),
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
  };
}
