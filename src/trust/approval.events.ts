/** What happens to approvals. The input is in none of them: whoever may see it asks for the approval. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";
import { EXPIRED_BECAUSE } from "./approval.ts";

const approvalId = z.string();

const Answered = z.strictObject({ approvalId, tool: z.string(), note: z.string().nullable() });

export const approvalEvents = {
  "approval.requested": {
    summary: "An agent asked whether it may use a tool.",
    data: z.strictObject({ approvalId, agent: z.string(), tool: z.string(), expiresAt: z.int().describe("Epoch ms.") }),
  },
  "approval.approved": { summary: "Somebody said yes to an agent.", data: Answered },
  "approval.denied": { summary: "Somebody said no to an agent, or what it asked could not be shown.", data: Answered },
  "approval.expired": {
    summary: "A question of an agent was no longer waited for: that is a no.",
    data: z.strictObject({ approvalId, tool: z.string(), because: z.enum(EXPIRED_BECAUSE) }),
  },
  "approval.taken": {
    summary: "An answer that no run had used yet was taken over by a later run that asked the same.",
    data: z.strictObject({ approvalId, tool: z.string() }),
  },
  "approval.used": {
    summary: "The decision was handed to the agent; it counts only once.",
    data: z.strictObject({ approvalId, tool: z.string() }),
  },
} as const satisfies EventDeclarations;
