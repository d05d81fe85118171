/** What happens to the machine. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";

export const hostEvents = {
  "host.clock_jumped": {
    summary: "The wall clock was set.",
    data: z.strictObject({ byMs: z.int() }),
  },
} as const satisfies EventDeclarations;
