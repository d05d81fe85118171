/** What happens to sprints. */
import * as z from "zod";
import type { EventDeclarations } from "../../event/event.ts";

const sprintId = z.string().nullable();

export const sprintEvents = {
  "sprint.completed": {
    summary: "Somebody said that a sprint is over.",
    data: z.strictObject({
      sprintId,
      forced: z.boolean().describe("Tasks of the top three priorities were still open."),
      reason: z.string().nullable(),
      open: z.int().describe("Tasks that were still open, of any priority."),
    }),
  },
  "sprint.begun": {
    summary: "A sprint was begun, with what was still open of the one before.",
    data: z.strictObject({ sprintId, number: z.int(), from: sprintId, carriedOver: z.int() }),
  },
  "task.carried_over": {
    summary: "A task that was still open came into the next sprint.",
    data: z.strictObject({ from: sprintId, to: sprintId }),
  },
  "bug.reported": {
    summary: "A bug became a task that mends it and one that tests that.",
    data: z.strictObject({ key: z.string(), sprintId }),
  },
} as const satisfies EventDeclarations;
