/** Which agent talks how. */
import { acpDialogue } from "./acp-dialogue.ts";
import { claudeDialogue } from "./claude-dialogue.ts";
import { codexDialogue } from "./codex-dialogue.ts";
import type { Dialogue } from "./dialogue.ts";
import type { AgentName } from "./install.ts";

export const DIALOGUES: Readonly<Record<AgentName, Dialogue>> = {
  claude: claudeDialogue,
  codex: codexDialogue,
  gemini: acpDialogue,
  opencode: acpDialogue,
  copilot: acpDialogue,
  qwen: acpDialogue,
};
