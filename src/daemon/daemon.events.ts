/** What happens to the daemon itself. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";

export const daemonEvents = {
  "daemon.was_blocked": {
    summary: "The event loop stood still, and moves again.",
    data: z.strictObject({ at: z.string(), seconds: z.number(), where: z.array(z.string()) }),
  },
  "daemon.ended_unexpectedly": {
    summary: "The daemon before this one ended without stopping; told by the next one.",
    data: z.strictObject({ pid: z.int(), at: z.string(), reason: z.string() }),
  },
} as const satisfies EventDeclarations;
