/** What can still be understood of a workflow in which something is wrong, so that the rest of what is wrong is told with it. */
import type * as z from "zod";
import { type Workflow, WorkflowInput, WorkflowTask } from "./workflow.ts";

/** What is not understood is taken for whatever nobody would complain of. */
export function understoodOf(value: unknown): Pick<Workflow, "inputs" | "tasks"> {
  const { inputs, tasks } = fieldsOf(value);
  const understood = <T>(section: unknown, schema: z.ZodType<T>, bare: object) =>
    Object.fromEntries(Object.entries(fieldsOf(section)).map(([name, one]) => [name, parsed(one, schema, bare)]));
  return {
    inputs: understood(inputs, WorkflowInput, { type: "list" }),
    tasks: understood(tasks, WorkflowTask, { prompt: "-" }),
  };
}

/** Without its fields that are wrong, and with those that it must have. */
function parsed<T>(value: unknown, schema: z.ZodType<T>, bare: object): T {
  const fields = fieldsOf(value);
  const first = schema.safeParse(fields);
  if (first.success) return first.data;
  const wrong = new Set(first.error.issues.map(({ path }) => path[0]));
  const rest = Object.entries(fields).filter(([name]) => !wrong.has(name));
  const second = schema.safeParse({ ...bare, ...Object.fromEntries(rest) });
  return second.success ? second.data : schema.parse(bare);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
