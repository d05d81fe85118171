/** Short answers for people: what was submitted, why a task waits, what a queue file became. */
import { visibleLine } from "../visible.ts";

/** Notes of a report that are shown; --json has all. */
const SHOWN_NOTES = 20;

export function renderSubmitted(result: unknown): string {
  const { taskId, state, created, notice } = result as {
    taskId: string;
    state: string;
    created: boolean;
    notice?: string;
  };
  const known = created ? "" : " (it was there already)";
  return `${taskId} ${state}${known}\n${notice ? `notice: ${visibleLine(notice)}\n` : ""}`;
}

export function renderCancelled(result: unknown): string {
  const { taskId, state } = result as { taskId: string; state: string };
  return state === "stopping" ? `${taskId} is being ended.\n` : `${taskId} ${state}\n`;
}

export function renderStarted(result: unknown): string {
  const { runId, taskId } = result as { runId: string | null; taskId: string | null };
  return runId === null ? "There is nothing to do, or a limit is reached.\n" : `${taskId}: ${runId} started\n`;
}

export function renderRedelivered(result: unknown): string {
  const { redelivered, more } = result as { redelivered: number; more: boolean };
  const rest = more ? " There may be more: ask again." : "";
  return `${redelivered} message${redelivered === 1 ? " is" : "s are"} sent again.${rest}\n`;
}

export function renderToken(result: unknown): string {
  const { tokenId, name, scope, token, expiresAt } = result as Record<string, string | null>;
  const until = expiresAt ? `until ${expiresAt}` : "until it is revoked";
  return `${tokenId} ${visibleLine(name ?? "")}: may ${scope}, ${until}. It is shown only now:\n${visibleLine(token ?? "")}\n`;
}

export function renderExplained(result: unknown): string {
  const { taskId, state, reasons } = result as {
    taskId: string;
    state: string;
    reasons: { sentence: string; change: string }[];
  };
  if (reasons.length === 0) return `${taskId} is ${state}: it is about to start.\n`;
  const lines = reasons.map(({ sentence, change }) => `  ${visibleLine(sentence)}\n    → ${visibleLine(change)}`);
  return `${taskId} is ${state}.\n${lines.join("\n")}\n`;
}

interface Note {
  readonly task: string | null;
  readonly field: string | null;
  readonly at: string;
  readonly message: string;
}

interface QueueReport {
  readonly dryRun: boolean;
  /** Absent where no daemon was there to say. */
  readonly project?: string;
  readonly sprintId: string | null;
  readonly created: number;
  readonly skipped: readonly string[];
  readonly claimable: Readonly<Record<string, readonly string[]>>;
  readonly counts: {
    readonly tasks: number;
    readonly byState: Readonly<Record<string, number>>;
    readonly parents: number;
  };
  readonly normalised: readonly Note[];
  readonly warnings: readonly Note[];
  readonly notices: readonly string[];
}

export function renderQueueReport(result: unknown): string {
  const report = result as QueueReport;
  const states = Object.entries(report.counts.byState).map(([state, n]) => `${n} ${state}`);
  const sprint = report.sprintId ? ` of ${visibleLine(report.sprintId)}` : "";
  const skipped = report.skipped.length > 0 ? `, ${report.skipped.length} were there already` : "";
  const claimable = Object.entries(report.claimable).map(([role, keys]) => `  ${role}: ${keys.join(", ")}`);
  const to = report.project === undefined || report.project === "default" ? "" : ` to ${visibleLine(report.project)}`;
  return [
    `${report.created} tasks${sprint} ${report.dryRun ? "would be imported" : "imported"}${to}${skipped}.`,
    `The file has ${report.counts.tasks} tasks: ${states.join(", ") || "none"}.`,
    ...(claimable.length > 0
      ? ["Claimable now, within its WIP limits:", ...claimable]
      : ["Nothing in it is claimable now."]),
    ...notes("Read differently from how it was written:", report.normalised),
    ...notes("To look at:", report.warnings),
    ...report.notices.map((notice) => `notice: ${visibleLine(notice)}`),
    "",
  ].join("\n");
}

function notes(title: string, all: readonly Note[]): string[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, SHOWN_NOTES).map(({ task, at, message }) => `  ${task ?? at}: ${visibleLine(message)}`);
  const more = all.length > SHOWN_NOTES ? [`  … and ${all.length - SHOWN_NOTES} more (--json has all)`] : [];
  return [title, ...shown, ...more];
}
