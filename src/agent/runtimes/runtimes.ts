/** The list of runtimes: a new one is a folder beside this file and a word here. */
import type { RuntimeName } from "../agent.ts";
import { acpRuntime } from "./acp/acp.ts";
import { claudeRuntime } from "./claude/claude.ts";
import { codexRuntime } from "./codex/codex.ts";
import { commandRuntime } from "./command.ts";
import type { Runtime } from "./runtime.ts";

const ALL: Readonly<Record<RuntimeName, Runtime>> = {
  command: commandRuntime,
  claude: claudeRuntime,
  codex: codexRuntime,
  acp: acpRuntime,
};

export function runtimeOf(name: RuntimeName): Runtime {
  return ALL[name];
}
