/** A workflow: a named template that submits several tasks with `needs`. What its file may say. */
import * as z from "zod";
import { NewTask, PlainText } from "../task.ts";

/** Most tasks that one start may submit. */
export const MAX_TASKS = 1_000;

/** Most inputs of a workflow. */
export const MAX_INPUTS = 100;

/** Most items of a list that is given as an input. */
export const MAX_ITEMS = 1_000;

/** The name of its file, without the ending. */
export const WorkflowName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "1 to 64 letters, digits, _ - and begins with a letter");

/** Short enough for KEY/ID.NUMBER to be a key. No dot: that sets apart the tasks of one `each`. */
const PartName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,47}$/, "1 to 48 letters, digits, _ - and begins with a letter");

/** What one start of a workflow may be called: its tasks are called KEY/ID. */
export const StartKey = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, "1 to 64 letters, digits, . _ / - and begins with a letter or digit")
  .refine((text) => !/^(task|run)-\d+$/.test(text), "a key must not look like an id such as task-17");

const Line = PlainText.min(1)
  .max(200)
  .refine((text) => !/[\r\n]/.test(text), "must be one line");

const common = {
  required: z
    .boolean()
    .optional()
    .describe("Must it be given? Default: when it has no default. What is neither given nor has a default is empty."),
  summary: Line.optional().describe("What it is for, in a line."),
};

export const WorkflowInput = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), default: PlainText.optional(), ...common }),
  z.strictObject({ type: z.literal("number"), default: z.number().optional(), ...common }),
  z.strictObject({ type: z.literal("boolean"), default: z.boolean().optional(), ...common }),
  z.strictObject({
    type: z.literal("choice"),
    choices: z.array(PlainText.min(1)).min(1).max(100).describe("What it may be."),
    default: PlainText.optional(),
    ...common,
  }),
  z.strictObject({ type: z.literal("list"), default: z.array(PlainText).max(MAX_ITEMS).optional(), ...common }),
]);
export type WorkflowInput = z.output<typeof WorkflowInput>;

/** A task as `task.submit` takes it, with places for inputs in its texts, and with needs that name tasks of the same workflow. */
export const WorkflowTask = NewTask.pick({
  prompt: true,
  title: true,
  role: true,
  agent: true,
  priority: true,
  needs: true,
  workspace: true,
  timeoutSeconds: true,
  attempts: true,
  data: true,
}).extend({
  cwd: PlainText.regex(/^(\/|\{\{)/, "must be an absolute path")
    .max(4096)
    .optional()
    .describe("The directory in which it runs. Default: the one that is given with the start."),
  each: PartName.optional().describe(
    "An input that is a list: one such task for each of its items, which is {{item}}.",
  ),
});
export type WorkflowTask = z.output<typeof WorkflowTask>;

export const WorkflowDefinition = z.strictObject({
  name: WorkflowName.optional().describe(
    "The name of the file without its ending, should somebody want to see it there.",
  ),
  summary: Line.describe("What it is for, in a line."),
  inputs: z
    .record(PartName, WorkflowInput)
    .refine((inputs) => Object.keys(inputs).length <= MAX_INPUTS, `may have ${MAX_INPUTS} inputs at most`)
    .default({}),
  tasks: z
    .record(PartName, WorkflowTask)
    .refine((tasks) => Object.keys(tasks).length > 0, "must have at least one task")
    .refine((tasks) => Object.keys(tasks).length <= MAX_TASKS, `may have ${MAX_TASKS} tasks at most`),
});

export interface Workflow extends Omit<z.output<typeof WorkflowDefinition>, "name"> {
  readonly name: string;
}

/** Is it an error not to give it? */
export function isRequired(input: WorkflowInput): boolean {
  return input.required ?? input.default === undefined;
}
