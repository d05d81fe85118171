/**
 * What a real agent finds around it in a test: a home of its own, a key that opens nothing, the scripted model, and none
 * of the settings, sessions and keys of whoever runs the test.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentName } from "./install.ts";

export interface Surroundings {
  readonly home: string;
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

export const DUMMY_KEY = "dummy-key-of-a-test";

export interface SurroundingsOptions {
  /** Claude: what it calls a subscription. It then sees its usage limits. */
  readonly subscription?: boolean;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Writes the settings into `home`; `modelUrl` is a scenario of the scripted model. */
export function surroundingsOf(
  name: AgentName,
  { home, cwd, modelUrl }: { home: string; cwd: string; modelUrl: string },
  options: SurroundingsOptions = {},
): Surroundings {
  const temporary = join(home, "tmp");
  for (const folder of [home, cwd, temporary]) mkdirSync(folder, { recursive: true });
  const env = {
    HOME: home,
    TMPDIR: temporary,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "C.UTF-8",
    ...SETTLE[name](home, modelUrl, options),
    ...options.env,
  };
  return { home, cwd, env };
}

const SETTLE: Record<AgentName, (home: string, url: string, options: SurroundingsOptions) => Record<string, string>> = {
  claude: (home, url, { subscription }) => ({
    ANTHROPIC_BASE_URL: url,
    ...(subscription ? { CLAUDE_CODE_OAUTH_TOKEN: DUMMY_KEY } : { ANTHROPIC_API_KEY: DUMMY_KEY }),
    CLAUDE_CONFIG_DIR: join(home, "claude"),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "2",
    DISABLE_AUTOUPDATER: "1",
    // The tools of MCP servers are offered at once and not only when the model looks for them.
    ENABLE_TOOL_SEARCH: "false",
  }),

  codex: (home, url) => {
    // TMPDIR may not be a parent of CODEX_HOME: Codex refuses to put its sandbox helper below a temporary folder.
    write(join(home, "codex", "config.toml"), codexSettings(url));
    return { CODEX_HOME: join(home, "codex"), SCRIPTED_KEY: DUMMY_KEY };
  },

  gemini: (home, url) => {
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    };
    write(join(home, ".gemini", "settings.json"), JSON.stringify(settings));
    return {
      GEMINI_API_KEY: DUMMY_KEY,
      GEMINI_MODEL: "gemini-2.5-flash",
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_CLI_TRUST_WORKSPACE: "true",
      GEMINI_CLI_NO_RELAUNCH: "true",
    };
  },

  opencode: (home, url) => {
    const model = { name: "Scripted", limit: { context: 200_000, output: 8_000 } };
    const provider = {
      npm: "@ai-sdk/openai-compatible",
      name: "Scripted",
      options: { baseURL: `${url}/v1`, apiKey: DUMMY_KEY },
      models: { scripted: model },
    };
    const settings = {
      autoupdate: false,
      share: "disabled",
      model: "scripted/scripted",
      small_model: "scripted/scripted",
      permission: { bash: "ask", edit: "ask" },
      provider: { scripted: provider },
    };
    write(join(home, ".config", "opencode", "opencode.json"), JSON.stringify(settings));
    return {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    };
  },

  copilot: (_home, url) => ({
    COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    COPILOT_PROVIDER_TYPE: "openai",
    COPILOT_PROVIDER_API_KEY: DUMMY_KEY,
    COPILOT_MODEL: "scripted",
    COPILOT_OFFLINE: "true",
    COPILOT_AUTO_UPDATE: "false",
    // It unpacks a quarter of a GB there when it finds nothing.
    XDG_CACHE_HOME: join(tmpdir(), "steward-copilot-cache"),
  }),

  qwen: (home, url) => {
    const settings = {
      security: { auth: { selectedType: "openai" } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false },
      ui: { enableFollowupSuggestions: false },
      model: { generationConfig: { maxRetries: 0 } },
    };
    write(join(home, "qwen", "settings.json"), JSON.stringify(settings));
    return {
      OPENAI_API_KEY: DUMMY_KEY,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_MODEL: "scripted",
      QWEN_HOME: join(home, "qwen"),
      QWEN_CODE_NO_RELAUNCH: "true",
    };
  },
};

const codexSettings = (url: string) => `model = "scripted"
model_provider = "scripted"

[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"

[analytics]
enabled = false
`;

function write(file: string, text: string): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}
