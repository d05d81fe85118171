/** Projects for people: the list, one, and what trusting its own files would change. */
import { visibleLine, visibleWhole } from "../visible.ts";
import { ageOf, type Row, table } from "./lists.ts";

/** Longest value that is shown on a line, in characters. */
const MAX_VALUE = 120;

interface Counts {
  readonly queued: number;
  readonly running: number;
  readonly parked: number;
  readonly total: number;
}

export function renderProjects(result: unknown): string {
  const { projects } = result as { projects: (Row & { readonly tasks: Counts })[] };
  return table(
    projects.map(({ project, directory, inSettings, trust, tasks }) => ({
      project,
      files: trust === "none" ? null : trust,
      queued: tasks.queued,
      running: tasks.running,
      parked: tasks.parked,
      tasks: tasks.total,
      directory: inSettings ? directory : `${directory ?? ""} (not in the settings)`,
    })),
  );
}

export type Command = string | readonly string[];

export interface Pending {
  readonly digest: string;
  readonly roles: readonly {
    readonly role: string;
    readonly change: string;
    readonly fields: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
  }[];
  readonly setup: { readonly from: Command | null; readonly to: Command | null } | null;
  readonly commands: readonly { readonly when: string; readonly command: string }[];
}

export interface ProjectSeen {
  readonly project: string;
  readonly directory: string | null;
  readonly trust: string;
  readonly trustedAt: string | null;
  readonly trustedBy: string | null;
  readonly setup: Command | null;
  readonly problems: readonly string[];
  readonly pending: Pending | null;
}

export function renderProject(result: unknown): string {
  const seen = result as ProjectSeen;
  const by = seen.trustedBy === null ? "" : `, trusted by ${visibleLine(seen.trustedBy)} ${ageOf(seen.trustedAt)} ago`;
  return [
    `${visibleLine(seen.project)}: ${visibleLine(seen.directory ?? "tasks of no project")}`,
    `its own files: ${seen.trust}${by}`,
    ...(seen.setup === null ? [] : [`setup: ${shown(seen.setup)}`]),
    ...seen.problems.map((problem) => `problem: ${visibleLine(problem)}`),
    ...(seen.pending === null ? [] : ["", renderPending(seen).trimEnd()]),
    "",
  ].join("\n");
}

/** Every field that would change, from what holds now to what would. */
export function renderPending({ project, pending }: ProjectSeen): string {
  if (pending === null) return "";
  const lines = pending.roles.flatMap(({ role, change, fields }) => [
    `  role ${visibleLine(role)} (${change})`,
    ...fields.flatMap(({ field, from, to }) => [
      `    ${visibleLine(field)}: ${shown(from)} → ${shown(to)}`,
      ...whole(to),
    ]),
  ]);
  const setup = pending.setup ? [`  setup: ${shown(pending.setup.from)} → ${shown(pending.setup.to)}`] : [];
  const commands = pending.commands.map(({ when, command }) => `  ${visibleLine(when)}: ${plain(command)}`);
  return [
    ...(lines.length + setup.length === 0
      ? [`Trusting the files of ${visibleLine(project)} would change nothing that holds now.`]
      : [`Trusting the files of ${visibleLine(project)} would change:`, ...lines, ...setup]),
    ...(commands.length === 0 ? [] : ["Commands that would be run:", ...commands]),
    `digest: ${pending.digest}`,
    "",
  ].join("\n");
}

/** On one line; of a long one its beginning. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "–";
  const text = plain(textOf(value));
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1).toWellFormed()}…` : text;
}

/** Of what was shown in part: whoever decides reads all of it. */
function whole(value: unknown): string[] {
  const text = value === null || value === undefined ? "" : textOf(value);
  if (plain(text).length <= MAX_VALUE) return [];
  return visibleWhole(text)
    .split("\n")
    .map((line) => `      | ${line}`);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** On one line, and nothing in it that cannot be seen. */
function plain(text: string): string {
  return visibleLine(visibleWhole(text));
}

export function renderTrusted(result: unknown): string {
  const { project, trust } = result as ProjectSeen;
  return trust === "trusted"
    ? `What the files of ${visibleLine(project)} say holds now.\n`
    : `What the files of ${visibleLine(project)} say counts for nothing.\n`;
}
