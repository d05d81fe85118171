/** What is told of a queue that was read: the same with a daemon and without. */
import { claimable } from "./claimable.ts";
import type { SprintQueue } from "./read.ts";

export interface Taken {
  readonly dryRun: boolean;
  /** Tasks that are new; with `dryRun`, that would be. */
  readonly created: number;
  /** Keys of those that were there already. */
  readonly skipped: readonly string[];
}

export function queueReport(queue: SprintQueue, { dryRun, created, skipped }: Taken) {
  const { counts, normalised, warnings } = queue.report;
  return {
    dryRun,
    sprintId: queue.sprintId,
    created,
    skipped: [...skipped],
    claimable: claimable(queue),
    counts: { ...counts, byState: { ...counts.byState }, byRole: { ...counts.byRole } },
    normalised: [...normalised],
    warnings: [...warnings],
    notices: [] as string[],
  };
}
