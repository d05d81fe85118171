/** The agents that are put through the matrix: as their users would write them into the settings, with a scripted model. */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentName, type InstalledAgent, installedAgent, PINS, wantedAgents } from "../install.ts";
import { DUMMY_KEY } from "../surroundings.ts";
import type { Kind } from "./bed.ts";

type Make = (agent: InstalledAgent) => Omit<Kind, "name" | "version">;

/** Those that are installed and wanted. */
export function kinds(): Kind[] {
  const names = (Object.keys(PINS) as AgentName[]).filter((name) => wantedAgents().includes(name));
  return names.flatMap((name) => {
    const agent = installedAgent(name);
    return agent ? [{ name, version: agent.version, ...MAKE[name](agent) }] : [];
  });
}

/** A home that holds nothing, and a place for what agents leave lying about. */
function settled(home: string): Record<string, string> {
  const env = { HOME: join(home, "home"), TMPDIR: join(home, "tmp") };
  for (const directory of Object.values(env)) mkdirSync(directory, { recursive: true });
  return env;
}

const OVER_ACP = {
  "parked until it is approved": "the protocol has no way to leave a question for later: the run keeps its place",
  "usage limit with a time": "the protocol tells no time: the task is parked for 15 minutes, as after a 429 that lasts",
};

const MAKE: Readonly<Record<AgentName, Make>> = {
  claude: ({ argv }) => ({
    settings: (url, home) => ({
      runtime: "claude",
      command: argv,
      env: { ...settled(home), ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: DUMMY_KEY },
    }),
    limited: (url, home) => ({
      runtime: "claude",
      command: argv,
      env: { ...settled(home), ANTHROPIC_BASE_URL: url, CLAUDE_CODE_OAUTH_TOKEN: DUMMY_KEY },
    }),
  }),

  codex: ({ argv }) => ({
    keys: { escalate: 1 },
    callsAgain: true,
    settings: (url, home) => ({
      runtime: "codex",
      model: "scripted",
      command: [...argv, "-c", `model_providers.scripted=${codexProvider(url)}`, "-c", 'model_provider="scripted"'],
      env: { ...settled(home), SCRIPTED_KEY: DUMMY_KEY },
    }),
  }),

  gemini: ({ argv }) => ({
    cannot: {
      ...OVER_ACP,
      "asks a person, and goes on with the answer":
        "it loses a session that is taken up in the minute in which it began: the next run begins anew",
      "kill -9 of the agent in a tool, then resume":
        "it keeps no session before its first answer was worked off: the next run begins anew",
    },
    settings: (url, home) => ({
      runtime: "acp",
      model: "gemini-2.5-flash",
      command: [...argv, "--acp"],
      env: {
        ...settled(home),
        GEMINI_API_KEY: DUMMY_KEY,
        GOOGLE_GEMINI_BASE_URL: url,
        // Only in a directory that it trusts it takes servers from whoever drives it.
        GEMINI_CLI_TRUST_WORKSPACE: "true",
      },
    }),
  }),

  opencode: ({ argv }) => ({
    silentSeconds: 140,
    cannot: { ...OVER_ACP, "context full": "it compacts the conversation by itself and goes on in the same run" },
    settings: (url, home) => ({
      runtime: "acp",
      configDirectory: "scratch",
      model: "scripted/scripted",
      command: [...argv, "acp"],
      env: {
        ...settled(home),
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
        OPENCODE_CONFIG_CONTENT: JSON.stringify(opencodeSettings(url)),
      },
    }),
  }),

  copilot: ({ argv }) => ({
    silentSeconds: 90,
    cannot: OVER_ACP,
    settings: (url, home) => ({
      runtime: "acp",
      model: "scripted",
      command: [...argv, "--acp"],
      env: {
        ...settled(home),
        // It unpacks a quarter of a GB there when it finds nothing.
        XDG_CACHE_HOME: join(tmpdir(), "steward-copilot-cache"),
        COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
        COPILOT_PROVIDER_TYPE: "openai",
        COPILOT_PROVIDER_API_KEY: DUMMY_KEY,
        COPILOT_MODEL: "scripted",
        COPILOT_OFFLINE: "true",
      },
    }),
  }),

  qwen: ({ argv }) => ({
    silentSeconds: 110,
    cannot: OVER_ACP,
    settings: (url, home) => ({
      runtime: "acp",
      model: "scripted",
      command: [...argv, "--acp"],
      // Only in a folder that it trusts it takes servers from whoever drives it.
      repositorySettings: "use",
      env: { ...settled(home), OPENAI_API_KEY: DUMMY_KEY, OPENAI_BASE_URL: `${url}/v1` },
    }),
  }),
};

function codexProvider(url: string): string {
  return `{name="scripted",base_url="${url}/v1",env_key="SCRIPTED_KEY",wire_api="responses"}`;
}

function opencodeSettings(url: string): object {
  const scripted = { name: "Scripted", limit: { context: 200_000, output: 8_000 } };
  const provider = { baseURL: `${url}/v1`, apiKey: DUMMY_KEY };
  return {
    model: "scripted/scripted",
    small_model: "scripted/scripted",
    provider: {
      scripted: { npm: "@ai-sdk/openai-compatible", name: "Scripted", options: provider, models: { scripted } },
    },
  };
}
