/** What happens to agents. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";

export const agentEvents = {
  "agent.became_unhealthy": {
    summary: "An agent cannot work, so nothing else is claimed for it.",
    data: z.strictObject({ agent: z.string(), reason: z.string() }),
  },
  "agent.became_healthy": {
    summary: "An agent can work again.",
    data: z.strictObject({ agent: z.string() }),
  },
} as const satisfies EventDeclarations;
