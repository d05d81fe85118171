/** What an agent is told at the start of a run: the task's prompt, or, where it goes on with its session, why it goes on. */
import type { SessionBefore } from "../../agent/runtimes/run-input.ts";
import type { Reader } from "../../store/store.ts";
import type { RunRow } from "../run.store.ts";

export interface Beginning {
  readonly prompt: string;
  readonly session: SessionBefore | null;
  /** The task's last run, which this one follows. */
  readonly earlier: Pick<RunRow, "outcome" | "reason"> | undefined;
  /** What a person said when the task was let go on. */
  readonly note: string | null;
}

export function promptFor({ prompt, session, earlier, note }: Beginning): string {
  const said = note === null ? "" : `\n\nA person says: ${note}`;
  if (!session) return `${prompt}${said}`;
  const why = earlier?.reason ?? earlier?.outcome ?? "interrupted";
  return `Your last run of this task was interrupted (${why}). See what is done already, and go on until the task is finished.${said}`;
}

/** Nobody commits for it: what it left lying about may be half a thought, or a secret. So it is told what counts. */
export function onBranch(prompt: string, branch: string): string {
  return `${prompt}\n\n(You work unattended, in a git worktree of this task alone, on its branch ${branch}. Commit there what is to be kept: only commits are handed on.)`;
}

/** The note with which the task was resumed after that run began; null when it was not, or without a note. */
export async function resumeNote(read: Reader, taskId: number, since: number): Promise<string | null> {
  const row = await read.get<{ data: string }>(
    "SELECT data FROM event WHERE task_id = ? AND topic = 'task.resumed' AND at >= ? ORDER BY id DESC LIMIT 1",
    taskId,
    since,
  );
  const { note } = row ? (JSON.parse(row.data) as { note?: unknown }) : {};
  return typeof note === "string" && note !== "" ? note : null;
}
