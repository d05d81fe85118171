/** Which roles of a task have gates, from the one it begins with on: whether it matters that it has no directory. */
import { stepsOf } from "../task/gate.ts";
import type { TaskRow } from "../task/task.store.ts";
import type { Catalog } from "./catalog.ts";

/** Those whose gates would run in an empty directory when the task names none: its agent may have one of its own. */
export function gatesInNoDirectory(
  { project_id, role: first, agent }: Pick<TaskRow, "project_id" | "role" | "agent">,
  catalog: Catalog,
): string[] {
  const roles = catalog.rolesOf(project_id);
  const seen = new Set<string>();
  const told: string[] = [];
  const ahead = [first];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const role = roles.get(name)?.body;
    if (!role || seen.has(name)) continue;
    seen.add(name);
    const filler = (name === first ? agent : null) ?? role.agent;
    const hasDirectory = filler !== undefined && catalog.agents.get(filler)?.body.cwd !== undefined;
    if (stepsOf(role).length > 0 && !hasDirectory) told.push(name);
    const { completed, failed, subtasks } = role.next ?? {};
    ahead.push(...[subtasks, failed, completed].filter((next) => typeof next === "string"));
  }
  return told;
}
