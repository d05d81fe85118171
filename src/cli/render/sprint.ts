/** How far a sprint is, for people. */
import { visibleLine } from "../visible.ts";

interface Status {
  readonly sprintId: string | null;
  readonly number: number | null;
  readonly status: string;
  readonly completed: { readonly at: string; readonly by: string; readonly reason: string | null } | null;
  readonly progress: { readonly tasks: number; readonly done: number; readonly percent: number };
  readonly byStatus: Readonly<Record<string, number>>;
  readonly wip: Readonly<Record<string, { readonly current: number; readonly limit: number }>>;
  readonly exitCriteria: readonly { readonly name: string; readonly status: string; readonly progress: number }[];
  readonly ready: readonly {
    readonly taskId: string;
    readonly key: string | null;
    readonly title: string;
    readonly role: string;
  }[];
}

export function renderSprint(result: unknown): string {
  const { sprintId, number, status, completed, progress, byStatus, wip, exitCriteria, ready } = result as Status;
  const name = sprintId ?? (number === null ? "The sprint" : `Sprint ${number}`);
  const ended = completed && ` at ${completed.at} by ${completed.by}${completed.reason ? `: ${completed.reason}` : ""}`;
  const counts = Object.entries(byStatus).map(([word, n]) => `${n} ${word}`);
  const roles = Object.entries(wip).map(([role, { current, limit }]) => `${role} ${current}/${limit}`);
  const lines = [
    `${name}: ${status}${ended ?? ""}`,
    `${progress.done} of ${progress.tasks} tasks done (${progress.percent} %): ${counts.join(", ") || "none"}.`,
    `At work: ${roles.join(", ") || "nobody"}.`,
    ...list(
      "Exit criteria:",
      exitCriteria.map((one) => `${String(one.progress).padStart(3)} %  ${one.name} (${one.status})`),
    ),
    ...list(
      "Ready:",
      ready.map(({ key, taskId, title, role }) => `${key ?? taskId}  ${title} (${role})`),
    ),
  ];
  return `${lines.map(visibleLine).join("\n")}\n`;
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`)];
}
