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
  "agent.limited": {
    summary: "An agent has reached the limit of its account, so nothing is claimed for it until that is over.",
    data: z.strictObject({ agent: z.string(), until: z.string(), reason: z.string().nullable() }),
  },
  "agent.available": {
    summary: "The limit of an agent is over: a task got past it.",
    data: z.strictObject({ agent: z.string() }),
  },
} as const satisfies EventDeclarations;
