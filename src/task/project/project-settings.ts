/** The projects of the settings file: where each lies, and what its roles are. */
import * as z from "zod";
import { fragment } from "../../config/fragment.ts";
import { Project, ProjectName } from "../../project/project.ts";
import { Role } from "../role.ts";
import { Name } from "../task.ts";

export const ProjectWithRoles = Project.extend({
  roles: z
    .record(Name, Role)
    .optional()
    .describe("Roles of its tasks. What one leaves out is as in the role of the same name in `roles`."),
});

export type ProjectWithRoles = z.output<typeof ProjectWithRoles>;

export const projectSettings = fragment(
  "projects",
  z.record(ProjectName, ProjectWithRoles).prefault({}).describe("Projects by name."),
);

type Roles = Readonly<Record<string, Role>>;

/** Roles of a project as its tasks have them. */
export function rolesOver(own: Roles, general: Roles): Roles {
  const laid = Object.entries(own).map(([name, role]) => [name, { ...general[name], ...role }]);
  return { ...general, ...Object.fromEntries(laid) };
}
