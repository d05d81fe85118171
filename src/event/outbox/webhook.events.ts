/** What happens to webhooks and to the messages for them. */
import * as z from "zod";
import type { EventDeclarations } from "../event.ts";

const webhook = z.string();

export const webhookEvents = {
  "webhook.message_died": {
    summary: "A message could not be delivered and is tried no more.",
    data: z.strictObject({ webhook, message: z.string(), event: z.int(), about: z.string(), reason: z.string() }),
  },
  "webhook.stopped": {
    summary: "Nothing more is sent to a webhook until somebody resumes it.",
    data: z.strictObject({ webhook, reason: z.string() }),
  },
  "webhook.resumed": {
    summary: "Somebody let a stopped webhook go on.",
    data: z.strictObject({ webhook }),
  },
} as const satisfies EventDeclarations;
