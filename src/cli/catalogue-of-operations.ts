/** Describes operations for the command line: what each takes, as flags and positions, from its own schema. */
import { toJSONSchema } from "zod";
import type { Operation } from "../core/operation.ts";
import type { DurationUnit } from "../core/text.ts";
import { GLOBAL_FIELDS } from "./argv.ts";
import type { CatalogueField, CatalogueNoun, CatalogueVerb } from "./catalogue.ts";

export function describeOperations(operations: readonly Operation[]): Record<string, CatalogueNoun> {
  const nouns: Record<string, Record<string, CatalogueVerb>> = {};
  for (const operation of operations) {
    const [noun = "", verb = ""] = operation.name.split(".");
    nouns[noun] = { ...nouns[noun], [kebab(verb)]: describeOperation(operation) };
  }
  return nouns;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

function describeOperation({ name, summary, effect, args = [], input }: Operation): CatalogueVerb {
  const schema = toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Schema;
  const fields = Object.entries(schema.properties ?? {}).map(([field, property]) =>
    describeField(field, property, schema.required?.includes(field) ?? false),
  );
  checkFlags(name, fields);
  for (const arg of args) {
    if (!fields.some((field) => field.name === arg))
      throw new Error(`${name} has no field "${arg}" to take by position`);
  }
  return { operation: name, summary, effect, args, fields };
}

/** `timeoutSeconds` is `--timeout`: text carries its own unit. */
const UNIT_SUFFIXES: readonly [string, DurationUnit][] = [
  ["Seconds", "s"],
  ["Minutes", "m"],
  ["Hours", "h"],
  ["Days", "d"],
  ["Ms", "ms"],
];

function describeField(name: string, schema: Schema, required: boolean): CatalogueField {
  const suffix = isNumber(essence(schema)) ? UNIT_SUFFIXES.find(([ending]) => name.endsWith(ending)) : undefined;
  const common = {
    name,
    ...(required && { required }),
    ...(schema.description !== undefined && { description: schema.description }),
    ...(schema.default !== undefined && { default: schema.default }),
  };
  if (!suffix) return { ...common, flag: kebab(name), ...typeOf(name, essence(schema)) };
  return { ...common, flag: kebab(name.slice(0, -suffix[0].length)), type: "duration", unit: suffix[1] };
}

function typeOf(name: string, schema: Schema): Omit<CatalogueField, "name" | "flag"> {
  if (schema.enum?.every((choice) => typeof choice === "string")) return { type: "text", choices: schema.enum };
  if (schema.type === "string" && schema.format === "date-time") return { type: "time" };
  if (schema.type === "string") return name === "cwd" ? { type: "text", path: true } : { type: "text" };
  if (isNumber(schema)) return { type: "number" };
  if (schema.type === "boolean") return { type: "boolean" };
  if (schema.type === "array") return { type: "list", ...(isNumber(schema.items ?? {}) && { items: "number" }) };
  return { type: "json" };
}

/** What a nullable or a choice of two is for somebody who types: its plainest form. */
function essence(schema: Schema): Schema {
  if (Array.isArray(schema.type)) return { ...schema, type: schema.type.find((type) => type !== "null") };
  const choices = schema.anyOf?.filter(({ type }) => type !== "null");
  if (!choices) return schema;
  if (choices.length === 1 && choices[0]) return choices[0];
  // Text stands for anything that also may be text and a structure (`task-1` or `{taskId, policy}`), but not for "any JSON".
  const plain = choices.filter(({ type }) => type === "string");
  const structured = choices.every(({ type }) => type === "string" || type === "object");
  return structured && plain[0] ? plain[0] : {};
}

function isNumber({ type }: Schema): boolean {
  return type === "number" || type === "integer";
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function checkFlags(operation: string, fields: readonly CatalogueField[]): void {
  const taken = new Set(GLOBAL_FIELDS.map(({ flag }) => flag));
  for (const { flag } of fields) {
    if (taken.has(flag)) throw new Error(`${operation} would have two flags --${flag}`);
    taken.add(flag);
  }
}
