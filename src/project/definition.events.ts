/** What happens to definitions. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";
import { SOURCES } from "./definition.ts";

export const definitionEvents = {
  "definition.changed": {
    summary:
      "One of its sources (the settings, a role file, a trusted project, an imported queue) says something new of an agent or a role.",
    data: z.strictObject({
      kind: z.enum(["agent", "role"]),
      name: z.string(),
      source: z.enum(SOURCES),
      version: z.int(),
    }),
  },
} as const satisfies EventDeclarations;
