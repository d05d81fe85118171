/** One reason why a task is not running: as a sentence, as data, and with what would change it. */
import * as z from "zod";

export const Reason = z.object({
  code: z.enum([
    "finished",
    "running",
    "stopping",
    "need_open",
    "need_will_not_be_met",
    "subtasks_open",
    "not_before",
    "parked",
    "no_agent",
    "unknown_agent",
    "unhealthy_agent",
    "limited_agent",
    "paused_role",
    "wip_limit",
    "host_full",
    "standby",
    "host_trouble",
    "others_first",
  ]),
  sentence: z.string(),
  change: z.string().describe("What would change it."),
  data: z.record(z.string(), z.json()).optional(),
});

export type Reason = z.output<typeof Reason>;
