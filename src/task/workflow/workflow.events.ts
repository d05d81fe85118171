/** What happens to workflows. Of their tasks is told as of any task. */
import * as z from "zod";
import type { EventDeclarations } from "../../event/event.ts";

export const workflowEvents = {
  "workflow.started": {
    summary: "The tasks of a workflow were submitted.",
    data: z.strictObject({
      name: z.string(),
      key: z.string().nullable(),
      version: z.string().describe("SHA-256 of its file, as it was."),
      tasks: z.array(z.string()).describe("(ids)"),
    }),
  },
} as const satisfies EventDeclarations;
