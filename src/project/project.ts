/** A project: a directory and what is to be done there before an agent works. As the settings say it. */
import { sep } from "node:path";
import * as z from "zod";
import { DEFAULT_PROJECT } from "./project.tables.ts";

const Text = z
  .string()
  .min(1)
  .max(16_384)
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "has a NUL byte or half a character");

export const Project = z.strictObject({
  directory: Text.regex(/^\//, "must be an absolute path").describe(
    "Its directory, usually a repository. What lies below belongs to it; of several the innermost counts.",
  ),
  setup: z
    .union([Text, z.array(Text).min(1).max(1000)])
    .optional()
    .describe(
      "Runs once in each new workspace before the agent: a command for sh, or a program with its arguments. $STEWARD_REPOSITORY is the checkout that the workspace was made of.",
    ),
});

export type Project = z.output<typeof Project>;

export const ProjectName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, . _ -")
  .refine((name) => name !== DEFAULT_PROJECT.key, "is where tasks of no project are: give it another name");

export type Projects = Readonly<Record<string, Project>>;

/** The innermost project to which a directory belongs, by its name. The directory is given without links. */
export function projectNameOf(
  directory: string,
  projects: Projects,
  real: (path: string) => string,
): string | undefined {
  const around = Object.entries(projects)
    .map(([name, project]) => ({ name, at: real(project.directory) }))
    .filter(({ at }) => directory === at || directory.startsWith(at.endsWith(sep) ? at : at + sep));
  return around.sort((a, b) => b.at.length - a.at.length)[0]?.name;
}

export function projectOf(directory: string, projects: Projects, real: (path: string) => string): Project | undefined {
  const name = projectNameOf(directory, projects, real);
  return name === undefined ? undefined : projects[name];
}

/** What is started for it; no shell reads a program with its arguments. */
export function setupCommand(setup: NonNullable<Project["setup"]>): readonly string[] {
  return typeof setup === "string" ? ["/bin/sh", "-c", setup] : setup;
}
