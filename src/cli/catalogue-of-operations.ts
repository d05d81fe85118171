/** Describes operations for the command line: what each takes, as flags and positions, from its own schema. */
import type { Operation } from "../core/operation.ts";
import { choicesOf, type FieldSchema, inputSchema, textField, unitSuffix } from "../core/text-fields.ts";
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

function describeOperation({ name, summary, confirm, effect, forRun, args = [], input }: Operation): CatalogueVerb {
  const schema = inputSchema(input);
  const fields = Object.entries(schema.properties ?? {}).map(([field, property]) =>
    describeField(field, property, schema.required?.includes(field) ?? false),
  );
  checkFlags(name, fields);
  for (const arg of args) {
    if (!fields.some((field) => field.name === arg))
      throw new Error(`${name} has no field "${arg}" to take by position`);
  }
  return {
    operation: name,
    summary,
    ...(confirm !== undefined && { confirm }),
    effect,
    ...(forRun && { forRun }),
    args,
    fields,
  };
}

function describeField(name: string, schema: FieldSchema, required: boolean): CatalogueField {
  const { type, unit, items } = textField(name, schema);
  const choices = choicesOf(schema);
  return {
    name,
    ...(required && { required }),
    ...(schema.description !== undefined && { description: schema.description }),
    ...(schema.default !== undefined && { default: schema.default }),
    // `timeoutSeconds` is `--timeout`.
    flag: kebab(type === "duration" ? name.slice(0, -unitSuffix(name).length) : name),
    type,
    ...(unit && { unit }),
    ...(items && { items }),
    ...(choices && { choices }),
    ...(type === "text" && !choices && name === "cwd" && { path: true as const }),
  };
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
