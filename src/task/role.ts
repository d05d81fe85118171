/** A role: what a task asks for and an agent can fill. */
import * as z from "zod";
import { fragment } from "../config/fragment.ts";
import { Name } from "./task.ts";

export const Role = z.strictObject({
  agent: Name.optional().describe("The agent that fills this role."),
  wipLimit: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe("How many tasks of this role may run at once; 0 pauses it. Default: limits.wipRuns."),
  onLost: z
    .enum(["retry", "park"])
    .optional()
    .describe(
      "What becomes of a task whose run vanished without a trace: try again (the default), or park it for a person.",
    ),
  attempts: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("How many runs may fail before the task does. Default: limits.taskAttempts."),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(2_073_600)
    .optional()
    .describe("How long one run may take. Default: limits.runWallSeconds."),
});

export type Role = z.output<typeof Role>;

export const roleSettings = fragment(
  "roles",
  z.record(Name, Role).prefault({}).describe('Roles by name. A task that names none asks for the role "default".'),
);
