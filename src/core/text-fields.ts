/** How the fields of an input are written as text: what a transport that has only text needs to know of an operation. */
import { toJSONSchema, type z } from "zod";
import type { DurationUnit, TextField } from "./text.ts";

/** What is used of the JSON Schema of a field. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

export function inputSchema(input: z.core.$ZodType): FieldSchema {
  return toJSONSchema(input, { io: "input", unrepresentable: "any" }) as FieldSchema;
}

/** `timeoutSeconds` is a duration: text carries its own unit. */
const UNIT_SUFFIXES: readonly [string, DurationUnit][] = [
  ["Seconds", "s"],
  ["Minutes", "m"],
  ["Hours", "h"],
  ["Days", "d"],
  ["Ms", "ms"],
];

export function textField(name: string, schema: FieldSchema): TextField {
  const plain = essence(schema);
  const unit = isNumber(plain) ? UNIT_SUFFIXES.find(([suffix]) => name.endsWith(suffix))?.[1] : undefined;
  if (unit) return { name, type: "duration", unit };
  if (plain.type === "string") return { name, type: plain.format === "date-time" ? "time" : "text" };
  if (plain.enum?.every((choice) => typeof choice === "string")) return { name, type: "text" };
  if (isNumber(plain)) return { name, type: "number" };
  if (plain.type === "boolean") return { name, type: "boolean" };
  if (plain.type !== "array") return { name, type: "json" };
  return { name, type: "list", ...(isNumber(plain.items ?? {}) && { items: "number" as const }) };
}

/** The choices of a field that has them. */
export function choicesOf(schema: FieldSchema): readonly string[] | undefined {
  const choices = essence(schema).enum;
  return choices?.every((choice) => typeof choice === "string") ? choices : undefined;
}

/** The ending of a name that only tells the unit: `Seconds` of `timeoutSeconds`. */
export function unitSuffix(name: string): string {
  return UNIT_SUFFIXES.find(([suffix]) => name.endsWith(suffix))?.[0] ?? "";
}

/** What a nullable or a choice of two is for somebody who types: its plainest form. */
function essence(schema: FieldSchema): FieldSchema {
  if (Array.isArray(schema.type)) {
    const type = schema.type.find((one) => one !== "null");
    return { ...schema, ...(type !== undefined && { type }) };
  }
  const choices = schema.anyOf?.filter(({ type }) => type !== "null");
  if (!choices) return schema;
  if (choices.length === 1 && choices[0]) return choices[0];
  // Text stands for anything that also may be text and a structure (`task-1` or `{taskId, policy}`), but not for "any JSON".
  const plain = choices.filter(({ type }) => type === "string");
  const structured = choices.every(({ type }) => type === "string" || type === "object");
  return structured && plain[0] ? plain[0] : {};
}

function isNumber({ type }: FieldSchema): boolean {
  return type === "number" || type === "integer";
}
