/** Answers about the store for people. */
import { visibleLine } from "../visible.ts";

export function renderStoreCheck(result: unknown): string {
  const { ok, problems, counted } = result as {
    ok: boolean;
    problems: readonly string[];
    counted: { tasks: number; runs: number; events: number } | null;
  };
  const holds = counted
    ? `${counted.tasks} tasks, ${counted.runs} runs, ${counted.events} events`
    : "it cannot be counted";
  if (ok) return `The store is whole and keeps its laws: ${holds}.\n`;
  const lines = problems.map((problem) => `  ${visibleLine(problem)}`);
  const toDo = counted ? "" : "`steward stop` and `steward store restore` put the latest backup in its place.\n";
  return `The store is not as it should be (${holds}):\n${lines.join("\n")}\n${toDo}`;
}

export function renderBackup(result: unknown): string {
  const { path, bytes, tasks, events } = result as { path: string; bytes: number; tasks: number; events: number };
  return `${path} (${(bytes / 2 ** 20).toFixed(1)} MiB, ${tasks} tasks, ${events} events), checked.\n`;
}

export function renderPruned(result: unknown): string {
  const { dryRun, failed, ...counts } = result as { dryRun: boolean; failed: readonly string[] } & Record<
    string,
    number
  >;
  const { events, tasks, runs, runDirectories, sessions, workspaces, strays, requests } = counts;
  const rows = `${events} events, ${tasks} finished tasks with ${runs} runs, ${requests} request ids`;
  const what = `${rows}, ${runDirectories} run directories, ${sessions} sessions, ${workspaces} workspaces and ${strays} strays`;
  const lines = failed.map((why) => `could not be removed: ${visibleLine(why)}\n`);
  return `${dryRun ? "Would remove" : "Removed"} ${what}.\n${lines.join("")}`;
}
