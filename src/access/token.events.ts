/** What happens to tokens. */
import * as z from "zod";
import { SCOPES } from "../core/actor.ts";
import type { EventDeclarations } from "../event/event.ts";

export const tokenEvents = {
  "token.created": {
    summary: "A token was made for a client.",
    data: z.strictObject({ tokenId: z.string(), name: z.string(), scope: z.enum(SCOPES) }),
  },
  "token.revoked": {
    summary: "A token was taken back.",
    data: z.strictObject({ tokenId: z.string(), name: z.string() }),
  },
} as const satisfies EventDeclarations;
