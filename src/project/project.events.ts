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
} as const satisfies EventDeclarations;
