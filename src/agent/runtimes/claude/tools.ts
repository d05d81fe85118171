/** What a tool call of Claude Code would do, as a question: by the tool's name, which is all that its protocol tells. */
import type { Question } from "../dialogue.ts";
import { fields, text } from "../json-line.ts";

/** They look, plan or note, and change nothing outside the conversation. */
const READS = new Set([
  "Read",
  "Glob",
  "Grep",
  "LS",
  "NotebookRead",
  "TodoRead",
  "TodoWrite",
  "TaskCreate",
  "TaskGet",
  "TaskList",
  "TaskUpdate",
  "ToolSearch",
  "ExitPlanMode",
  "EnterPlanMode",
  "Task",
  "Agent",
  "Skill",
]);
const EDITS = new Set(["Edit", "MultiEdit", "Write", "NotebookEdit"]);
const EXECUTES = new Set(["Bash", "BashOutput", "KillShell", "KillBash", "PowerShell", "Monitor"]);
const OURS = "mcp__steward__";

export function toolQuestion(
  key: string,
  name: unknown,
  input: unknown,
  why: string | null,
  insists: boolean,
): Question {
  const tool = text(name, 200) ?? "(no name)";
  const { file_path, notebook_path, description } = fields(input);
  // Which of them it takes where both are there is not for us to guess.
  const paths = EDITS.has(tool) ? [file_path, notebook_path].flatMap((path) => text(path) ?? []) : [];
  return { key, tool, input: input ?? null, kind: kindOf(tool), paths, title: text(description, 500), why, insists };
}

function kindOf(tool: string): Question["kind"] {
  if (tool.startsWith(OURS)) return "steward";
  if (READS.has(tool)) return "read";
  if (EDITS.has(tool)) return "edit";
  return EXECUTES.has(tool) ? "execute" : "other";
}
