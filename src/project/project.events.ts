/** What happens to projects. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";

export const projectEvents = {
  "project.added": {
    summary: "The settings name a project for the first time.",
    data: z.strictObject({ project: z.string(), directory: z.string() }),
  },
  "project.moved": {
    summary: "The settings name another directory for a project.",
    data: z.strictObject({ project: z.string(), from: z.string().nullable(), directory: z.string() }),
  },
  "project.trusted": {
    summary: "A person trusted what a project's own file and role files say, as they were then.",
    data: z.strictObject({
      project: z.string(),
      digest: z.string().describe("SHA-256 of what was trusted."),
      roles: z.array(z.string()).describe("Those that it defines."),
      setup: z.boolean().describe("It has a setup of its own."),
    }),
  },
  "project.untrusted": {
    summary: "What a project's own files say counts no more.",
    data: z.strictObject({ project: z.string(), digest: z.string().describe("Of what was trusted before.") }),
  },
} as const satisfies EventDeclarations;
