/** Reads an OODATCAA sprint queue: text that nobody vouches for becomes tasks, and a report of what was made of it. */
import { asWritten } from "./as-written.ts";
import { checkCounters } from "./counters.ts";
import { findEntries, type SprintSource } from "./entries.ts";
import { readHeader, type SprintHeader } from "./header.ts";
import { parseQueueText } from "./json.ts";
import { untie } from "./knots.ts";
import { link } from "./links.ts";
import { createNotes, type Note } from "./report.ts";
import { type FileStyle, styleOf } from "./style.ts";
import { type SprintTask, settle } from "./tasks.ts";

export interface SprintQueue extends SprintHeader {
  /** Every field of the file beside its tasks, whole, for the export. */
  readonly header: Readonly<Record<string, unknown>>;
  /** In file order, a parent before what was nested in it. */
  readonly tasks: readonly SprintTask[];
  /** What could not become a task, whole; each has a warning. */
  readonly leftOut: readonly SprintSource[];
  readonly style: FileStyle;
  readonly report: SprintReport;
}

export interface SprintReport {
  readonly counts: {
    readonly tasks: number;
    readonly byState: Readonly<Record<string, number>>;
    readonly byRole: Readonly<Record<string, number>>;
    /** Tasks that have children. */
    readonly parents: number;
  };
  readonly normalised: readonly Note[];
  readonly warnings: readonly Note[];
}

/**
 * `now` (epoch ms) decides which leases are live. Throws `Refusal`: `invalid_input` for what is no queue,
 * `too_large` beyond 8 MiB, 10,000 tasks or 64 levels. Whatever else is wrong is in the report.
 */
export function readSprintQueue(text: string, { now }: { readonly now: number }): SprintQueue {
  const notes = createNotes();
  const root = parseQueueText(text, notes);
  const { tasks: listed, ...header } = root;
  const { entries, leftOut } = findEntries(listed, notes);
  const drafts = link(entries, notes);
  const ordered = untie(drafts, notes);
  const tasks = settle(drafts, ordered, { now, notes });
  const head = readHeader(root, notes);
  checkCounters(header.metadata, drafts, notes);
  const report = { counts: countTasks(tasks), ...notes.report() };
  return asWritten({ ...head, header, tasks, leftOut, style: styleOf(text, root), report }, text);
}

function countTasks(tasks: readonly SprintTask[]): SprintReport["counts"] {
  return {
    tasks: tasks.length,
    byState: countBy(tasks, ({ state }) => state),
    byRole: countBy(tasks, ({ role }) => role),
    parents: new Set(tasks.flatMap(({ parent }) => parent ?? [])).size,
  };
}

function countBy(tasks: readonly SprintTask[], nameOf: (task: SprintTask) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const task of tasks) counts.set(nameOf(task), (counts.get(nameOf(task)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
