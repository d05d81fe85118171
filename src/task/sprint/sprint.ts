/** Sprints by name and by figures: what the next one is called, and how far one is. */
import * as z from "zod";
import type { SprintItem } from "./items.ts";

export const SprintRef = z
  .string()
  .min(1)
  .max(200)
  .describe("A sprint: its id (SPRINT-2025-004) or its number. Default: the one under way.");

export const SprintLabel = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "1 to 128 letters, digits, . _ - and begins with a letter or digit");

/** `SPRINT-<year>-<number>`: the year is the last one's, for a clock must not jump the row; without a last one it is this year. */
export function nextLabel(last: { readonly label: string } | undefined, number: number, now: number): string {
  const year = /^SPRINT-(\d{4})-/.exec(last?.label ?? "")?.[1] ?? String(new Date(now).getUTCFullYear());
  return `SPRINT-${year}-${String(number).padStart(3, "0")}`;
}

/** Ours: from here on a task is of one of the top three priorities of a queue, 1, 2 and 3. */
const TOP_PRIORITY = 97;

export function isTop({ now }: SprintItem): boolean {
  return now.priority >= TOP_PRIORITY;
}

/** How far a thing is by its status, in percent, as the dashboard of the original counts. */
export function progressOf(status: string): number {
  if (status === "done" || status === "completed") return 100;
  if (status === "planning" || status === "planning_complete") return 25;
  return IN_WORK.has(status) ? 50 : 0;
}

const IN_WORK: ReadonlySet<string> = new Set([
  ...["ready", "in_progress", "awaiting_test", "testing", "needs_adapt", "adapting"],
  ...["ready_for_integrator", "integrating"],
]);
