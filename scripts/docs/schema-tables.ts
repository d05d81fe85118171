/** JSON Schema as tables that people read. */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

export const GENERATED = "<!-- Written by `npm run docs` from the code. -->\n";

export function fieldTable(title: string, schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return `${title}: nothing.\n`;
  const rows = fields.map(([name, field]) => {
    const needed = schema.required?.includes(name) && field.default === undefined ? "yes" : "";
    const fallback = field.default === undefined ? "" : ` Default: \`${JSON.stringify(field.default)}\`.`;
    return `| \`${name}\` | ${typeText(field)} | ${needed} | ${cell(field.description ?? "")}${fallback} |`;
  });
  return `| ${title} | type | always | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

/** Fields in one line: `reason` string or null, `agent`? string. */
export function fieldList(schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return "nothing";
  return fields
    .map(
      ([name, field]) =>
        `\`${name}\`${schema.required?.includes(name) ? "" : "?"} ${field.enum && field.description ? field.description : typeText(field)}`,
    )
    .join(", ");
}

export function typeText(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(" ");
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.items) return `list of ${typeText(schema.items)}`;
  return [schema.type ?? "any"].flat().join(" or ");
}

export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
