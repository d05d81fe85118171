/** What happens to roles. */
import * as z from "zod";
import type { EventDeclarations } from "../../event/event.ts";

const said = z.strictObject({
  role: z.string().nullable().describe("null: every role."),
  project: z.string().nullable().describe("null: of all projects."),
  reason: z.string().nullable(),
});

export const roleEvents = {
  "role.paused": { summary: "Nothing new of a role is claimed.", data: said },
  "role.resumed": { summary: "Tasks of a role are claimed again, and in standby, too.", data: said },
} as const satisfies EventDeclarations;
