/** What happens to the store itself. */
import * as z from "zod";
import type { EventDeclarations } from "../event/event.ts";

export const storeEvents = {
  "store.backed_up": {
    summary: "The store was copied, and the copy was found to be whole.",
    data: z.strictObject({ path: z.string(), bytes: z.int(), tasks: z.int(), events: z.int() }),
  },
  "store.restored": {
    summary: "A backup took the place of the store; what happened after it is lost.",
    data: z.strictObject({ from: z.string() }),
  },
  "store.events_pruned": {
    summary: "Old events were removed, up to this number.",
    data: z.strictObject({ events: z.int(), upTo: z.int() }),
  },
  "store.tasks_pruned": {
    summary: "Tasks that ended long ago were removed with their runs; the ids are the first and the last of them.",
    data: z.strictObject({ tasks: z.int(), runs: z.int(), first: z.int(), last: z.int() }),
  },
} as const satisfies EventDeclarations;
