/** What happens to workspaces. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";

export const workspaceEvents = {
  "workspace.created": {
    summary: "A task got a worktree and a branch of its own.",
    data: z.strictObject({ directory: z.string(), branch: z.string(), base: z.string() }),
  },
  "workspace.removed": {
    summary: "A task's worktree was removed.",
    data: z.strictObject({
      directory: z.string(),
      branch: z.string(),
      branchKept: z.boolean(),
      head: z.string().nullable().describe("The commit that was checked out."),
      lost: z.array(z.string()).describe("What was given up with it, because somebody insisted."),
    }),
  },
} as const satisfies EventDeclarations;
