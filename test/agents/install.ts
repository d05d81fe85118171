/**
 * Installs real agents' command line programs, pinned, into a cache outside of the project: `node test/agents/install.ts`
 * for all of them, or with names. They are hundreds of MB, so nothing else installs them, and tests skip what is not there.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Pin {
  readonly package: string;
  readonly version: string;
  /** What is started, below node_modules: the native file where there is one, as launchers outlive what they are told. */
  readonly program: string;
  /** Started by this Node. */
  readonly isScript: boolean;
}

export type AgentName = "claude" | "codex" | "gemini" | "opencode" | "copilot" | "qwen";

const CPU = process.arch;
const CODEX_TARGET = `${CPU === "arm64" ? "aarch64" : "x86_64"}-unknown-linux-musl`;

export const PINS: Readonly<Record<AgentName, Pin>> = {
  claude: {
    package: "@anthropic-ai/claude-code",
    version: "2.1.329",
    program: "@anthropic-ai/claude-code/bin/claude.exe", // called so on Linux, too
    isScript: false,
  },
  codex: {
    package: "@openai/codex",
    version: "0.169.0",
    program: `@openai/codex-linux-${CPU}/vendor/${CODEX_TARGET}/bin/codex`,
    isScript: false,
  },
  gemini: {
    package: "@google/gemini-cli",
    version: "0.61.0",
    program: "@google/gemini-cli/bundle/gemini.js",
    isScript: true,
  },
  opencode: {
    package: "opencode-ai",
    version: "1.18.33",
    program: "opencode-ai/bin/opencode.exe",
    isScript: false,
  },
  copilot: {
    package: "@github/copilot",
    version: "1.0.102",
    program: `@github/copilot-linux-${CPU}/copilot`,
    isScript: false,
  },
  qwen: {
    package: "@qwen-code/qwen-code",
    version: "0.24.4",
    program: "@qwen-code/qwen-code/cli-entry.js",
    isScript: true,
  },
};

export interface InstalledAgent {
  readonly name: AgentName;
  readonly version: string;
  /** Program and first arguments. */
  readonly argv: readonly string[];
}

/** `STEWARD_AGENTS=claude,codex`: only these. */
export function wantedAgents(): readonly string[] {
  return process.env.STEWARD_AGENTS?.split(",").filter(Boolean) ?? Object.keys(PINS);
}

/** Undefined when it is not in the cache. */
export function installedAgent(name: AgentName): InstalledAgent | undefined {
  const { version, program, isScript } = PINS[name];
  const file = join(folderOf(name), "node_modules", program);
  if (!existsSync(file)) return undefined;
  return { name, version, argv: isScript ? [process.execPath, file] : [file] };
}

/** Installs it beside its place and moves it there, so that a half of it is never taken for the whole. */
export function installAgent(name: AgentName): void {
  if (installedAgent(name) !== undefined) return;
  const folder = folderOf(name);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, "package.json"), JSON.stringify({ private: true }));
  const { package: called, version } = PINS[name];
  const wanted = ["install", "--no-audit", "--no-fund", "--save-exact", `${called}@${version}`];
  const { status } = spawnSync("npm", wanted, { cwd: draft, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`npm could not install ${called}@${version}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  if (installedAgent(name) === undefined) throw new Error(`${called}@${version} has no ${PINS[name].program}`);
}

function folderOf(name: AgentName): string {
  const cache = process.env.STEWARD_AGENT_CACHE ?? join(homedir(), ".cache", "steward-agents");
  const { package: called, version } = PINS[name];
  return join(cache, `${called}@${version}`.replaceAll(/[^a-z0-9.-]/g, "_"));
}

if (import.meta.main) {
  const known = Object.keys(PINS) as AgentName[];
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : wantedAgents();
  const stranger = wanted.find((name) => !known.some((other) => other === name));
  if (stranger !== undefined) throw new Error(`no agent is called ${stranger}; there are: ${known.join(", ")}`);
  for (const name of known.filter((name) => wanted.length === 0 || wanted.includes(name))) {
    installAgent(name);
    console.log(`${name} ${PINS[name].version}: ${installedAgent(name)?.argv.at(-1)}`);
  }
}
