/** JSON Schema (2020-12) as every client takes it: no references, nothing that says what JSON says anyway. */

export type PlainSchema = { readonly type: "object" } & Readonly<Record<string, unknown>>;

export interface PlainOptions {
  /** Fields that a later version adds are no mistake: for what is answered, not for what is asked. */
  readonly open?: boolean;
}

/** The schema of an object. */
export function plainSchema(schema: object, { open = false }: PlainOptions = {}): PlainSchema {
  const { $schema: _dialect, $defs: _definitions, ...root } = schema as Record<string, unknown>;
  return { ...(plain(root, open) as object), type: "object" };
}

function plain(value: unknown, open: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, open));
  if (typeof value !== "object" || value === null) return value;
  // Only "any JSON" refers to itself, and that is what an empty schema says.
  if ("$ref" in value) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => !saysNothing(key, part, open))
      .map(([key, part]) => [key, plain(part, open)]),
  );
}

function saysNothing(key: string, part: unknown, open: boolean): boolean {
  if (key === "minimum") return part === Number.MIN_SAFE_INTEGER;
  if (key === "maximum") return part === Number.MAX_SAFE_INTEGER;
  if (key === "additionalProperties") return open && part === false;
  return key === "propertyNames" && JSON.stringify(part) === '{"type":"string"}';
}
