/** What roles name that is not there, and stages that never end: told before a task waits for them, in whatever file it is said. */
import { join } from "node:path";
import { closest } from "../../config/suggest.ts";
import { endlessStages, type Role } from "../role.ts";
import type { ProjectWithRoles } from "./project-settings.ts";

type Roles = Readonly<Record<string, Role>>;

export interface Said {
  readonly agents: readonly string[];
  /** As tasks of no project have them. */
  readonly general: Roles;
  /** As tasks of each project have them, those of no project included. */
  readonly ofProjects: Readonly<Record<string, Roles>>;
  /** False for a role of which nobody can say whether it is there: its file is broken. */
  readonly isTold: (role: string) => boolean;
  /** Who said it: the settings win over files. */
  readonly settings: { readonly roles: Roles; readonly projects: Readonly<Record<string, ProjectWithRoles>> };
  /** Where role files of the home lie. */
  readonly roleFiles: string;
}

/** Most that are told. */
const MAX_TOLD = 100;

/** Each as a sentence that begins with where it is said. What a project has from all is told once. */
export function looseEnds(said: Said): string[] {
  const projects = [undefined, ...Object.keys(said.ofProjects)];
  const all = [...new Set(projects.flatMap((project) => endsOf(said, project)))];
  if (all.length <= MAX_TOLD) return all;
  return [...all.slice(0, MAX_TOLD), `There are ${all.length - MAX_TOLD} more names of roles that lead nowhere.`];
}

function endsOf(said: Said, project: string | undefined): string[] {
  const roles = byName(project === undefined ? said.general : (said.ofProjects[project] ?? {}));
  const named = Object.entries(roles).flatMap(([name, role]) => [
    ...missingAgent(said, project, name, role),
    ...Object.entries(role.next ?? {}).flatMap(([when, next]) => {
      const problem = typeof next === "string" ? deadEnd(said, roles, next) : undefined;
      return problem === undefined ? [] : [`${placeOf(said, project, name, "next")}.${when}: ${problem}`];
    }),
  ]);
  const circle = endlessStages(roles);
  if (!circle) return named;
  const places = new Set(circle.slice(1).map((_, at) => placeOf(said, project, circle[at] ?? "", "next")));
  const never = `a task that always goes well would never end: ${circle.join(" → ")}; let one of them have no next.completed`;
  return [...named, `${[...places].join(", ")}: ${never}.`];
}

/** Whoever puts them together, a circle begins at the same role. */
function byName(roles: Roles): Roles {
  return Object.fromEntries(Object.entries(roles).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function missingAgent(said: Said, project: string | undefined, name: string, { agent }: Role): string[] {
  if (agent === undefined || said.agents.includes(agent)) return [];
  return [`${placeOf(said, project, name, "agent")}: there is no agent "${agent}"${meant(agent, said.agents)}`];
}

/** Why a task that is handed to that role would wait there; undefined when it would not. */
function deadEnd({ isTold }: Said, roles: Roles, next: string): string | undefined {
  if (!isTold(next)) return undefined;
  if (!Object.hasOwn(roles, next)) return `there is no role "${next}"${meant(next, Object.keys(roles))}`;
  if (roles[next]?.agent !== undefined) return undefined;
  return `no agent fills the role "${next}": tasks that come to it wait; give it an agent.`;
}

function meant(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  return near === undefined ? "." : `; did you mean "${near}"?`;
}

/** What only a project's tasks have, and its settings do not say, its own files say, which a person trusted. */
function placeOf(said: Said, project: string | undefined, role: string, field: "agent" | "next"): string {
  const { settings, general, ofProjects, roleFiles } = said;
  if (project !== undefined) {
    const own = settings.projects[project];
    if (own?.roles?.[role]?.[field] !== undefined) return `projects.${project}.roles.${role}.${field}`;
    const isItsOwn = JSON.stringify(ofProjects[project]?.[role]?.[field]) !== JSON.stringify(general[role]?.[field]);
    if (own && isItsOwn) return `${join(own.directory, ".steward")}: roles.${role}.${field}`;
  }
  if (settings.roles[role]?.[field] !== undefined) return `roles.${role}.${field}`;
  return `${join(roleFiles, `${role}.md`)}: ${field}`;
}
