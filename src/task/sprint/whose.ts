/** Whose sprints are meant: those of the project that is named, else of the only one that has any. */
import { refuse } from "../../core/refusal.ts";
import { projectIdNamed, projectNames } from "../../project/project.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { Reader } from "../../store/store.ts";
import { Name } from "../task.ts";

export const SprintProject = Name.optional().describe("Its project. Default: the only one that has a sprint.");

/** Refuses with `not_found` what is no project, and with `conflict` where several have sprints and none is named. */
export async function sprintProject(read: Reader, named: string | undefined): Promise<number> {
  const id = await projectIdNamed(read, named);
  if (id !== undefined) return id;
  const all = await read.all<{ project_id: number }>("SELECT DISTINCT project_id FROM sprint ORDER BY project_id");
  if (all.length <= 1) return all[0]?.project_id ?? DEFAULT_PROJECT.id;
  const nameOf = await projectNames(read);
  const names = all.slice(0, 10).map(({ project_id }) => nameOf(project_id));
  return refuse("conflict", `Several projects have sprints: ${names.join(", ")}.`, {
    hint: "Say which one: --project NAME.",
    data: { projects: names },
  });
}
