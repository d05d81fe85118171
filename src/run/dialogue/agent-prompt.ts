/** What an agent is told at the start of a run: the task's prompt with what is to be known of its stage, or why it goes on with its session. */
import type { SessionBefore } from "../../agent/runtimes/run-input.ts";
import { type Envelope, envelopeText, saysNothing } from "../handover/envelope.ts";
import type { RunRow } from "../run.store.ts";

export interface Beginning {
  readonly prompt: string;
  readonly session: SessionBefore | null;
  readonly envelope: Envelope;
  /** The task's last run, which this one follows. */
  readonly earlier: Pick<RunRow, "outcome" | "reason" | "gate" | "stage"> | undefined;
}

export function promptFor(beginning: Beginning): string {
  const { prompt, session, envelope, earlier } = beginning;
  const said = envelope.note === null ? "" : `\n\nA person says: ${envelope.note}`;
  if (session && isInterrupted(beginning)) {
    const why = earlier?.reason ?? earlier?.outcome ?? "interrupted";
    return `Your last run of this task was interrupted (${why}). See what is done already, and go on until the task is finished.${said}`;
  }
  if (session) return `${envelopeText(envelope, { again: true })}${said}`;
  return `${saysNothing(envelope) ? prompt : `${prompt}\n\n${envelopeText(envelope, { again: false })}`}${said}`;
}

/** In the middle of this stage, and not by its own word or a gate's. */
function isInterrupted({ earlier, envelope }: Beginning): boolean {
  if (!earlier || earlier.gate !== null || earlier.stage + 1 !== envelope.stage) return false;
  if (earlier.outcome === "yielded" && envelope.note === null && envelope.subtasks.length > 0) return false;
  return earlier.outcome !== "completed";
}

/** Nobody commits for it: what it left lying about may be half a thought, or a secret. So it is told what counts. */
export function onBranch(prompt: string, branch: string): string {
  return `${prompt}\n\n(You work unattended, in a git worktree of this task alone, on its branch ${branch}. Commit there what is to be kept: only commits are handed on.)`;
}
