/** To which project a new task belongs, and where it works when it names no directory. */
import { realOr } from "../core/real-path.ts";
import { refuse } from "../core/refusal.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import { type Projects, projectNameOf } from "../project/project.ts";
import type { NewTask } from "./task.ts";

export interface Belonging {
  readonly project: string;
  readonly cwd: string | undefined;
}

/** Refuses a project that the settings do not name. */
export function belongingOf({ project, cwd }: Pick<NewTask, "project" | "cwd">, projects: Projects): Belonging {
  const name = project === undefined ? projectAround(cwd, projects) : mustBeProject(project, projects);
  return { project: name, cwd: cwd ?? projects[name]?.directory };
}

/** The default project is always there. */
export function mustBeProject(name: string, projects: Projects): string {
  if (name === DEFAULT_PROJECT.key || Object.hasOwn(projects, name)) return name;
  return refuse("not_found", `There is no project "${name}" in the settings.`, {
    hint: `Write "projects": { "${name}": { "directory": … } } into steward.json, then \`steward daemon reload\`; \`steward project list\` shows what there is.`,
    data: { project: name },
  });
}

function projectAround(directory: string | undefined, projects: Projects): string {
  const isNone = directory === undefined || Object.keys(projects).length === 0;
  return (isNone ? undefined : projectNameOf(realOr(directory), projects, realOr)) ?? DEFAULT_PROJECT.key;
}
