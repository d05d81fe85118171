/** Inputs of any operation, made from its own schema: right ones, nearly right ones, hostile ones. */
import fc from "fast-check";
import * as z from "zod";

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly description?: string;
}

/** Inputs that fit a schema as far as JSON Schema can say it; some may still be refused. */
export function inputsOf(input: z.ZodType): fc.Arbitrary<Record<string, unknown>> {
  return objectsOf(schemaOf(input));
}

const TEXTS = [
  "",
  "a\0b",
  "\ud800",
  "../x",
  "__proto__",
  "task-1",
  "task-999999999999999",
  "'; DROP TABLE task; --",
  "%",
  "x".repeat(5_000),
];

/** Such inputs with anything in the place of some fields, and fields that are none. */
export function hostileInputsOf(input: z.ZodType): fc.Arbitrary<unknown> {
  const { properties = {} } = schemaOf(input);
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(...TEXTS, -1, 1e300, 2 ** 53, null, [], {}),
  );
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    fc.oneof({ weight: 3, arbitrary: valuesOf(schema) }, odd),
  ]);
  const record = fc.record({ ...Object.fromEntries(fields), nonsense: odd }, { requiredKeys: [] });
  return fc.oneof({ weight: 6, arbitrary: record }, { weight: 1, arbitrary: odd });
}

function schemaOf(input: z.ZodType): Schema {
  return z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Schema;
}

/** Values of one field. */
function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  switch (schema.type) {
    case "string":
      return textsOf(schema);
    case "integer":
      return fc.maxSafeInteger().map((n) => Math.min(Math.max(n, schema.minimum ?? n), schema.maximum ?? n));
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true, min: schema.minimum ?? 0, max: schema.maximum ?? 1e9 });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}), { maxLength: 4 });
    case "object":
      return objectsOf(schema);
    default:
      return fc
        .jsonValue({ maxDepth: 4 })
        .filter((json) => JSON.stringify(JSON.parse(JSON.stringify(json))) === JSON.stringify(json));
  }
}

function textsOf({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === "date-time")
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(9e12) }).map((at) => at.toISOString());
  if (pattern !== undefined && !pattern.startsWith("^\\/")) return fc.stringMatching(new RegExp(pattern));
  const text = fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 40) });
  return pattern === undefined
    ? fc.oneof(text, fc.constantFrom("-x", "--json", "a,b", " ", "a=b", "[1]"))
    : fc.array(fc.constantFrom("a", "b c", "ü", "-"), { maxLength: 3 }).map((names) => `/${names.join("/")}`);
}

function objectsOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)]));
  return fc.record(fields, { requiredKeys: [...required] });
}
