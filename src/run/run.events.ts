/** What happens to runs. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";
import { OUTCOMES, STOP_REASONS } from "./outcome.ts";
import { CUSTODY_LEVELS } from "./process/custody.ts";

export const runEvents = {
  "run.started": {
    summary: "An agent was started.",
    data: z.strictObject({ agent: z.string(), custody: z.enum(CUSTODY_LEVELS).nullable(), pid: z.int().nullable() }),
  },
  "run.stop_requested": {
    summary: "A run is to be ended, and why.",
    data: z.strictObject({
      reason: z.enum(STOP_REASONS),
      note: z.string().optional().describe("What whoever asked for it said."),
    }),
  },
  "run.ended": {
    summary: "A run ended with everything that it had started.",
    data: z.strictObject({
      outcome: z.enum(OUTCOMES),
      reason: z.string().nullable(),
      exit: z.int().nullable().describe("The agent's exit status."),
    }),
  },
} as const satisfies EventDeclarations;
