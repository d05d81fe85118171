/** What Steward knows of agents that many people have: programs, how each is driven, asked for its version and its login. */

/** How an agent is asked whether it is logged in. Its own program looks; a credential is never read here. */
export interface LoginQuestion {
  readonly args: readonly string[];
  readonly read: (code: number | null, said: string) => "yes" | "no" | "unknown";
}

export interface KnownAgent {
  /** Its name in the settings, and its program's on the PATH. */
  readonly name: string;
  /** As its makers call it. */
  readonly title: string;
  /** What makes an agent of it in the settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly versionArgs: readonly string[];
  /** Asked for its version in an empty home it would first unpack itself there. */
  readonly unpacksItself?: true;
  /** Absent where its program has no way to tell. */
  readonly login?: LoginQuestion;
  /** Any of these variables lets it in as well, under the way in which Steward drives it. */
  readonly keys: readonly string[];
  /** Variables that say where its login lies or whom it speaks to. */
  readonly variables: readonly string[];
  /** Programs below a `node_modules`, each of which its npm program only starts, by `process.arch`. */
  readonly native: Readonly<Record<string, readonly string[]>>;
  readonly install: string;
  readonly logIn: string;
}

/** What decides how any program reaches the network. */
export const NETWORK_VARIABLES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
] as const;

const byExit = (code: number | null) => (code === 0 ? "yes" : code === 1 ? "no" : "unknown");

/** The one that is preferred comes first. Read from their own `--help`, and tried, at the versions that the tests pin. */
export const KNOWN_AGENTS: readonly KnownAgent[] = [
  {
    name: "claude",
    title: "Claude Code",
    settings: { runtime: "claude" },
    versionArgs: ["--version"],
    login: { args: ["auth", "status"], read: byExit },
    keys: ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"],
    variables: ["CLAUDE_CONFIG_DIR", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"],
    native: {},
    install: "npm install -g @anthropic-ai/claude-code",
    logIn: "Run `claude auth login`.",
  },
  {
    name: "codex",
    title: "Codex",
    settings: { runtime: "codex" },
    versionArgs: ["--version"],
    login: { args: ["login", "status"], read: byExit },
    // Its app server takes no key from the environment.
    keys: [],
    variables: ["CODEX_HOME", "OPENAI_BASE_URL"],
    native: {
      x64: ["@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex"],
      arm64: ["@openai/codex-linux-arm64/vendor/aarch64-unknown-linux-musl/bin/codex"],
    },
    install: "npm install -g @openai/codex",
    logIn: "Run `codex login`.",
  },
  {
    name: "gemini",
    title: "Gemini CLI",
    // Without the variable it starts itself a second time, and the first one hears no signal.
    settings: { runtime: "acp", command: ["gemini", "--acp"], env: { GEMINI_CLI_NO_RELAUNCH: "true" } },
    versionArgs: ["--version"],
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    variables: ["GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"],
    native: {},
    install: "npm install -g @google/gemini-cli",
    logIn: "Run `gemini` once and choose how to log in, or set GEMINI_API_KEY.",
  },
  {
    name: "opencode",
    title: "OpenCode",
    settings: { runtime: "acp", command: ["opencode", "acp"] },
    versionArgs: ["--version"],
    login: {
      args: ["auth", "list"],
      // Models that need no login exist: nothing listed proves nothing.
      read: (code, said) =>
        code === 0 && /\b[1-9]\d* (credential|environment variable)s?\b/.test(said) ? "yes" : "unknown",
    },
    keys: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
    variables: ["OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"],
    native: {},
    install: "npm install -g opencode-ai",
    logIn: "Run `opencode auth login`.",
  },
  {
    name: "copilot",
    title: "GitHub Copilot CLI",
    settings: { runtime: "acp", command: ["copilot", "--acp"] },
    versionArgs: ["--version"],
    unpacksItself: true,
    // GH_TOKEN would let it in too, and into much else: whoever wants that writes it into passEnv.
    keys: ["COPILOT_GITHUB_TOKEN", "COPILOT_PROVIDER_BASE_URL"],
    variables: [
      "COPILOT_PROVIDER_TYPE",
      "COPILOT_PROVIDER_API_KEY",
      "COPILOT_MODEL",
      "COPILOT_OFFLINE",
      "XDG_CONFIG_HOME",
    ],
    native: {
      x64: ["@github/copilot-linux-x64/copilot", "@github/copilot-linuxmusl-x64/copilot"],
      arm64: ["@github/copilot-linux-arm64/copilot", "@github/copilot-linuxmusl-arm64/copilot"],
    },
    install: "npm install -g @github/copilot",
    logIn: "Run `copilot login`.",
  },
  {
    name: "qwen",
    title: "Qwen Code",
    settings: { runtime: "acp", command: ["qwen", "--acp"] },
    versionArgs: ["--version"],
    // In its user's configuration a key alone does not let it in: it needs the address and the model, too.
    keys: [],
    variables: ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "DASHSCOPE_API_KEY", "QWEN_HOME"],
    native: {},
    install: "npm install -g @qwen-code/qwen-code",
    logIn: "Run `qwen` once and choose how to log in.",
  },
];
