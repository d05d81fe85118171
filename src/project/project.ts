/** A project: a directory and what is to be done there before an agent works. As the settings say it. */
import { sep } from "node:path";
import * as z from "zod";
import { fragment } from "../config/fragment.ts";

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

export const projectSettings = fragment(
  "projects",
  z
    .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, . _ -"), Project)
    .prefault({})
    .describe("Projects by name."),
);

export type Projects = Readonly<Record<string, Project>>;

/** The innermost project to which a directory belongs. Both without links. */
export function projectOf(directory: string, projects: Projects, real: (path: string) => string): Project | undefined {
  const around = Object.values(projects)
    .map((project) => ({ project, at: real(project.directory) }))
    .filter(({ at }) => directory === at || directory.startsWith(at.endsWith(sep) ? at : at + sep));
  return around.sort((a, b) => b.at.length - a.at.length)[0]?.project;
}

/** What is started for it; no shell reads a program with its arguments. */
export function setupCommand({ setup }: Project): readonly string[] | undefined {
  return typeof setup === "string" ? ["/bin/sh", "-c", setup] : setup;
}
