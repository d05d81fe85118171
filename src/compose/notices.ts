/** What is in files that can be used and cannot work all the same, found without a daemon: for `config check` and the doctor. */
import { formatProblem } from "../config/problem.ts";
import type { HomePaths } from "../core/home.ts";
import type { Settings } from "../settings.ts";
import { looseEnds } from "../task/project/loose-ends.ts";
import { rolesOver } from "../task/project/project-settings.ts";
import { type RoleFiles, readRoleFiles } from "../task/project/role-files.ts";
import { settingsNotes } from "./settings-notes.ts";

/** Each as a sentence. What a project's own files say only the daemon knows: whether they count is in its store. */
export async function noticesOf(settings: Settings, paths: HomePaths): Promise<string[]> {
  const files = await readRoleFiles(paths.roles);
  return [
    ...files.problems.map(formatProblem),
    ...looseEndsOfFiles(settings, files, paths.roles),
    ...settingsNotes(settings, paths.home),
  ];
}

function looseEndsOfFiles({ agents, roles, projects }: Settings, files: RoleFiles, roleFiles: string): string[] {
  const general = rolesOver(roles, files.roles);
  const laid = Object.entries(projects).map(([name, { roles: own = {} }]) => [name, rolesOver(own, general)]);
  return looseEnds({
    ...{ agents: Object.keys(agents), general, ofProjects: Object.fromEntries(laid), roleFiles },
    isTold: (role) => files.isComplete && !files.broken.has(role),
    settings: { roles, projects },
  });
}
