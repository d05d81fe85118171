/** What was seen in the matrix, kept as data from which the reference's page is made. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskSeen } from "../../lifecycle/tasks.ts";

export interface Seen {
  readonly is: "ok" | "failed" | "unreachable";
  /** How the task ended, or why the cell cannot be reached. */
  readonly saw: string;
}

export interface SeenAgent {
  readonly version: string;
  /** ISO, the day. */
  readonly date: string;
  readonly cells: Readonly<Record<string, Seen>>;
}

const FILE = join(import.meta.dirname, "../../../docs/reference/agents.json");

export function writeSeen(name: string, version: string, cells: Readonly<Record<string, Seen>>): void {
  const all = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Record<string, SeenAgent>) : {};
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(FILE, `${JSON.stringify({ ...all, [name]: { version, date, cells } }, null, 2)}\n`);
}

/** In a few words: the task's end, and its runs'. */
export function summaryOf({ state, parked, runs }: TaskSeen): string {
  const end = parked ? `parked: ${parked.reason}` : state;
  const outcomes = runs.toReversed().map(({ outcome, reason }) => {
    const why = outcome === "failed" && reason !== null ? `: ${reason.replaceAll(/\s+/g, " ").slice(0, 80)}` : "";
    return `${outcome}${why}`;
  });
  return `${end} (${outcomes.join(", then ")})`;
}
