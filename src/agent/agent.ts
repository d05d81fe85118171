/** An agent: a configured doer. What the settings may say of one, by the runtime that drives it. */
import * as z from "zod";
import { fragment } from "../config/fragment.ts";
import { Value } from "../config/secret.ts";
import { Name, PlainText } from "../task/task.ts";

const seconds = z.int().min(1).max(2_073_600);

export const Agent = z.strictObject({
  runtime: z.literal("command").describe("What drives it: `command` runs a program of yours."),
  command: z
    .array(PlainText)
    .min(1)
    .max(1000)
    .describe(
      "The program and its arguments; no shell reads them. {prompt}, {promptFile}, {taskId}, {runId} and {workspace} are filled in. The prompt is also on its standard input.",
    ),
  cwd: PlainText.regex(/^\//, "must be an absolute path")
    .optional()
    .describe("Where it runs when the task names no directory. Default: the run's own directory."),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a variable's name"), Value)
    .optional()
    .describe('Variables it is given. A secret is written as a reference: { "env": "NAME" } or { "file": "PATH" }.'),
  passEnv: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a variable's name"))
    .optional()
    .describe("Names of the daemon's own variables that it may see, beside PATH, HOME and the like."),
  timeoutSeconds: seconds.optional().describe("How long one run may take. Default: limits.runWallSeconds."),
  idleTimeoutSeconds: seconds.optional().describe("How long it may be silent. Default: limits.runIdleSeconds."),
  startTimeoutSeconds: seconds
    .optional()
    .describe("How long until its process must exist. Default: limits.runStartSeconds."),
});

export type Agent = z.output<typeof Agent>;

export const agentSettings = fragment("agents", z.record(Name, Agent).prefault({}).describe("Agents by name."));
