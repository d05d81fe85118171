/** Writes the types and the table of the client from the registry. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { toJSONSchema, type ZodType } from "zod";
import type { Operation } from "../../src/core/operation.ts";
import { REFUSALS } from "../../src/core/refusal.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export async function clientTypes(operations: readonly Operation[]): Promise<string> {
  const sorted = [...operations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const types: string[] = [];
  for (const operation of sorted)
    for (const [name, schema] of shapesOf(operation)) types.push(await typeOf(name, schema));
  const text = `/** What the daemon can be asked, as types. Written by \`npm run docs\` from the registry. */
import type { Call, Stream } from "./method.ts";

export interface OperationFacts {
  readonly kind: "call" | "stream";
  readonly effect: "read" | "write" | "destroy";
  /** Method and path below \`/api/v1\`. */
  readonly rest: string;
  /** Of one that streams: the input field in which a reader says where to go on. */
  readonly resume?: string;
  /** How long it waits unless told otherwise, in ms. */
  readonly waitMs?: number;
}

export const OPERATIONS: Readonly<Record<string, OperationFacts>> = {
${sorted.map((operation) => `  ${JSON.stringify(operation.name)}: ${JSON.stringify(factsOf(operation))},`).join("\n")}
};

/** The catalogue of expected "no"s; what each means is in docs/reference/errors.md. */
export type RefusalCode = ${Object.keys(REFUSALS)
    .map((code) => JSON.stringify(code))
    .join(" | ")};

${methodsOf(sorted)}
${types.join("\n")}`;
  return formatted(text);
}

function factsOf(operation: Operation): object {
  const { kind, effect, rest, stream } = operation;
  const { properties } = toJSONSchema(operation.input, { io: "input" }) as { properties?: { waitMs?: Defaulted } };
  const waitMs = properties?.waitMs?.default;
  return { kind, effect, rest, ...(stream && { resume: stream.resume.field }), ...(waitMs && { waitMs }) };
}

interface Defaulted {
  readonly default?: number;
}

/** Nouns with their verbs, each with its summary where an editor shows it. */
function methodsOf(operations: readonly Operation[]): string {
  const nouns = Map.groupBy(operations, ({ name }) => (name.includes(".") ? name.replace(/\..*/s, "") : ""));
  const lines = [...nouns].map(([noun, members]) => {
    const methods = members.map((member) => `/** ${member.summary} */\n${verbOf(member)}: ${methodType(member)};`);
    return noun === "" ? methods.join("\n") : `readonly ${noun}: {\n${methods.join("\n")}\n};`;
  });
  return `export interface OperationMethods {\n${lines.join("\n")}\n}\n`;
}

function verbOf({ name }: Operation): string {
  return `readonly ${name.replace(/^.*\./s, "")}`;
}

function methodType({ name, kind, stream }: Operation): string {
  const type = pascal(name);
  const streams = `Stream<${type}Input, ${type}Item>`;
  if (kind === "stream") return streams;
  const call = `Call<${type}Input, ${type}Output>`;
  return stream ? `${call} & {\n/** The same, on and on as more comes. */\nreadonly stream: ${streams} }` : call;
}

function shapesOf(operation: Operation): [string, object][] {
  const name = pascal(operation.name);
  const shape = (schema: ZodType, io: "input" | "output") => toJSONSchema(schema, { io });
  return [
    [`${name}Input`, shape(operation.input, "input")],
    ...(operation.kind === "call" ? [[`${name}Output`, shape(operation.output, "output")] as [string, object]] : []),
    ...(operation.stream ? [[`${name}Item`, shape(operation.stream.item, "output")] as [string, object]] : []),
  ];
}

async function typeOf(name: string, schema: object): Promise<string> {
  const { properties = {} } = schema as { properties?: object };
  if (Object.keys(properties).length === 0) return `export type ${name} = Readonly<Record<string, never>>;\n`;
  const text = await compile(plain(schema) as JSONSchema, name, {
    bannerComment: "",
    additionalProperties: false,
    format: false,
  });
  return text.replace(/\/\*\*\n\s*\* ([^\n]*)\n\s*\*\//g, "/** $1 */");
}

/** Without what TypeScript cannot say: any JSON is `unknown`, and the members of a shape that may grow are those it has now. */
function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== "object" || schema === null) return schema;
  const { $ref, $defs: _, $schema: __, minItems: ___, maxItems: ____, ...rest } = schema as Record<string, unknown>;
  if ($ref !== undefined) return { ...rest, tsType: "unknown" };
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, plain(value)]));
}

function pascal(name: string): string {
  return name.replace(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function formatted(text: string): string {
  const biome = join(ROOT, "node_modules", ".bin", "biome");
  const args = ["format", "--stdin-file-path=src/client/operations.generated.ts"];
  return execFileSync(biome, args, { cwd: ROOT, input: text, encoding: "utf8" });
}
