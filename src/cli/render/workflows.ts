/** Workflows for people: what there is, what each takes, and its graph drawn level by level. */
import { formatProblem, type Problem } from "../../config/problem.ts";
import { toned, type View } from "../view.ts";
import { visibleLine, visibleText } from "../visible.ts";
import { table } from "./lists.ts";

interface Input {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly summary: string | null;
}

interface Workflow {
  readonly name: string;
  readonly summary: string;
  readonly file: string;
  readonly inputs: readonly Input[];
  readonly tasks: readonly Task[];
}

interface Task {
  readonly id: string;
  readonly level: number;
  readonly needs: readonly { readonly id: string; readonly policy: string }[];
  readonly each: string | null;
  readonly prompt: string;
  readonly title: string | null;
  readonly role: string;
  readonly agent: string | null;
  readonly cwd: string | null;
}

/** Lines of a prompt that are shown; --json has all. */
const SHOWN_LINES = 12;

/** Needs that are named of one task; an `each` may have very many. */
const SHOWN_NEEDS = 12;

export function renderWorkflows(result: unknown): string {
  const { workflows, problems, directories } = result as {
    workflows: Workflow[];
    problems: Problem[];
    directories: string[];
  };
  const rows = workflows.map(({ name, inputs, summary }) => ({
    workflow: name,
    inputs: inputs.map(inputName).join(" "),
    summary,
  }));
  const none = `There are no workflows in ${directories.map(visibleLine).join(", ")}.\n`;
  return (rows.length > 0 ? table(rows) : none) + problemLines(problems);
}

export function renderWorkflow(result: unknown, view: View): string {
  const { name, summary, file, inputs, tasks } = result as Workflow;
  const head = `${visibleLine(name)}: ${visibleLine(summary)}\n${visibleLine(file)}\n`;
  const rows = inputs.map((input) => ({
    input: input.name,
    type: input.choices?.join(" | ") ?? input.type,
    default: input.default === undefined ? (input.required ? "(must be given)" : "(empty)") : String(input.default),
    summary: input.summary,
  }));
  return `${head}${rows.length > 0 ? `\n${table(rows)}` : ""}\n${graph(tasks, view)}`;
}

export function renderChecked(result: unknown): string {
  const { file, ok, problems } = result as { file: string; ok: boolean; problems: Problem[] };
  return ok ? `${visibleLine(file)} is fine.\n` : problemLines(problems);
}

export function renderRan(result: unknown, view: View): string {
  const { name, dryRun, created, tasks, plan, notices, key } = result as {
    name: string;
    key: string | null;
    dryRun: boolean;
    created: boolean;
    tasks: { id: string; taskId: string; state: string }[];
    plan: Task[] | null;
    notices: string[];
  };
  const told = notices.map((notice) => `notice: ${visibleLine(notice)}\n`).join("");
  if (plan) return `${visibleLine(name)} would submit ${counted(plan.length)}:\n\n${graph(plan, view)}${told}`;
  const rows = tasks.map(({ taskId, state, id }) => ({ task: taskId, state, id }));
  const known = created
    ? ""
    : `${visibleLine(key ?? "")} was started before; nothing ${dryRun ? "would be" : "is"} submitted.\n`;
  return known + table(rows) + told;
}

function inputName({ name, required }: Input): string {
  return required ? name : `[${name}]`;
}

function problemLines(problems: readonly Problem[]): string {
  return problems.map((problem) => `${visibleLine(formatProblem(problem))}\n`).join("");
}

/** Level by level: each task, what it needs, and what its agent is told. */
function graph(tasks: readonly Task[], view: View): string {
  const lines = tasks.flatMap((task, at) => {
    const isFirst = tasks[at - 1]?.level !== task.level;
    const isLast = tasks[at + 1]?.level !== task.level;
    const level = String(task.level).padStart(3);
    const corner = isFirst ? (isLast ? `${level} ──` : `${level} ┬─`) : `    ${isLast ? "└─" : "├─"}`;
    const below = isLast ? "     " : "    │";
    return [`${corner} ${headOf(task, view)}`, ...bodyOf(task, view).map((line) => `${below}    ${line}`.trimEnd())];
  });
  return `${lines.join("\n")}\n`;
}

function headOf({ id, each, role, agent, needs }: Task, view: View): string {
  const shown = needs
    .slice(0, SHOWN_NEEDS)
    .map((need) => (need.policy === "block" ? need.id : `${need.id}:${need.policy}`));
  const more = needs.length > SHOWN_NEEDS ? ` and ${needs.length - SHOWN_NEEDS} more` : "";
  const who = agent === null ? role : `${role}, ${agent}`;
  const copies = each === null ? "" : `, each of ${each}`;
  const behind = needs.length > 0 ? ` ← ${shown.join(", ")}${more}` : "";
  return `${toned(view, visibleLine(id), "bold")} (${visibleLine(who + copies)})${visibleLine(behind)}`;
}

function bodyOf({ title, prompt, cwd }: Task, view: View): string[] {
  const lines = visibleText(prompt.trimEnd()).split("\n");
  const more = lines.length > SHOWN_LINES ? [`… and ${lines.length - SHOWN_LINES} more lines (--json has all)`] : [];
  const told = [...(title === null ? [] : [visibleLine(title)]), ...(cwd === null ? [] : [`in ${visibleLine(cwd)}`])];
  return [...told.map((line) => toned(view, line, "dim")), ...lines.slice(0, SHOWN_LINES), ...more];
}

function counted(n: number): string {
  return `${n} task${n === 1 ? "" : "s"}`;
}
