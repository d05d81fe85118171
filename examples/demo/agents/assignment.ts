/** What each agent of the demo does first and last: it reads its prompt as a person would, and leaves a result. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A model would think here; this is just long enough to be seen, in ms. */
const THINKING_MS = 250;

/** The prompt is on standard input. */
const STDIN = 0;

export interface Assignment {
  readonly prompt: string;
  readonly key: string;
  readonly title: string;
  /** The branch it is to be done on. */
  readonly branch: string;
  /** The other branches that its prompt names. */
  readonly branches: readonly string[];
  readonly deliverables: readonly string[];
  /** Where the git repository is: the agent's argument. */
  readonly repository: string;
  /** A place of its own, not there yet: Steward starts each run in an empty directory. */
  readonly worktree: string;
}

/** Does what the prompt asks. What `work` returns, or why it could not, is the result of the run. */
export async function perform(work: (assignment: Assignment) => Promise<string>): Promise<void> {
  const assignment = readAssignment(readFileSync(STDIN, "utf8"));
  console.log(`${process.env.STEWARD_TASK_ID} is ${assignment.key}: ${assignment.title}`);
  await sleep(THINKING_MS);
  try {
    const summary = await work(assignment);
    console.log(summary);
    leave({ summary });
  } catch (error) {
    leave({ outcome: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}

function readAssignment(prompt: string): Assignment {
  const [, key = "", title = ""] = /^# (\S+): (.*)$/m.exec(prompt) ?? [];
  const [, branch = "main"] = /^- Branch: (.*)$/m.exec(prompt) ?? [];
  const [, listed = ""] = /^## Deliverables\n\n((?:- .*\n)+)/m.exec(prompt) ?? [];
  const named = prompt.match(/\b(?:feat|docs)\/[\w-]+/g) ?? [];
  return {
    prompt,
    key,
    title,
    branch,
    branches: [...new Set(named)].filter((name) => name !== branch),
    deliverables: listed.split("\n").flatMap((line) => line.slice(2) || []),
    repository: process.argv[2] ?? "",
    worktree: join(process.cwd(), key),
  };
}

function leave(result: Readonly<Record<string, string>>): void {
  writeFileSync(process.env.STEWARD_RESULT ?? "result.json", JSON.stringify(result));
}
