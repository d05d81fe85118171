/** Writes `docs/reference/` from the code, or with `--check` says whether it is stale. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toJSONSchema } from "zod";
import { settingsJsonSchema } from "../src/config/json-schema.ts";
import { ALWAYS_POSSIBLE, type Operation } from "../src/core/operation.ts";
import { EXIT, REFUSALS, RPC } from "../src/core/refusal.ts";
import { operations } from "../src/operations.ts";
import { fragments } from "../src/settings.ts";

interface Schema {
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

const GENERATED = "<!-- Written by `npm run docs` from the code. -->\n";

const pages: Readonly<Record<string, string>> = {
  "operations.md": operationsPage(operations),
  "errors.md": errorsPage(),
  "settings.md": settingsPage(settingsJsonSchema(fragments) as Schema),
  "settings.schema.json": `${JSON.stringify(settingsJsonSchema(fragments), null, 2)}\n`,
};

const directory = join(import.meta.dirname, "..", "docs", "reference");
if (process.argv.includes("--check")) check();
else write();

function write(): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(directory, name), text);
}

function check(): void {
  const stale = Object.entries(pages).filter(([name, text]) => readOrEmpty(join(directory, name)) !== text);
  if (stale.length === 0) return;
  console.error(`Stale: ${stale.map(([name]) => `docs/reference/${name}`).join(", ")}. Run \`npm run docs\`.`);
  process.exitCode = 1;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function operationsPage(list: readonly Operation[]): string {
  const sorted = [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${GENERATED}
# Operations

Everything Steward can be asked to do. On the command line the name's words are the verb (\`task.submit\` is
\`steward task submit\`); on the socket it is the JSON-RPC method. Any operation may also refuse with
${ALWAYS_POSSIBLE.map((code) => `\`${code}\``).join(", ")}; what the codes mean is in [errors.md](errors.md).

${sorted.map(operationSection).join("\n")}`;
}

function operationSection(operation: Operation): string {
  const input = toJSONSchema(operation.input, { io: "input" }) as Schema;
  const output =
    operation.kind === "call" ? fieldTable("Output", toJSONSchema(operation.output, { io: "output" }) as Schema) : "";
  const items = operation.stream
    ? `As a stream it goes on from \`${operation.stream.resume.field}\`.\n\n${fieldTable("Each item", toJSONSchema(operation.stream.item, { io: "output" }) as Schema)}`
    : "";
  const refuses = operation.refuses.map((code) => `\`${code}\``).join(", ") || "nothing of its own";
  return `## ${operation.name}

${operation.summary} Effect: ${operation.effect}. Scope: ${operation.scope}. Refuses: ${refuses}.

${fieldTable("Input", input)}
${[output, items].filter((part) => part !== "").join("\n")}
Example: \`${JSON.stringify(operation.example)}\`
`;
}

function fieldTable(title: string, schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return `${title}: nothing.\n`;
  const rows = fields.map(([name, field]) => {
    const needed = schema.required?.includes(name) && field.default === undefined ? "yes" : "";
    const fallback = field.default === undefined ? "" : ` Default: \`${JSON.stringify(field.default)}\`.`;
    return `| \`${name}\` | ${typeText(field)} | ${needed} | ${cell(field.description ?? "")}${fallback} |`;
  });
  return `| ${title} | type | always | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function typeText(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(" ");
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.items) return `list of ${typeText(schema.items)}`;
  return [schema.type ?? "any"].flat().join(" or ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function errorsPage(): string {
  const rows = Object.entries(REFUSALS).map(
    ([code, { http, rpc, exit, retry, meaning }]) =>
      `| \`${code}\` | ${meaning} | ${http} | ${rpc} | ${exit} | ${retry} |`,
  );
  return `${GENERATED}
# Errors

A **refusal** is an expected "no": it has a code, a sentence and mostly a hint, and costs nobody else anything.

| code | meaning | HTTP | JSON-RPC | exit | same call again? |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

On the socket a refusal is \`{"code": …, "message": …, "data": {"code": "not_found", "hint": …}}\`. What never reaches an
operation is answered too, and the connection lives: malformed JSON ${RPC.parseError}, a wrong envelope ${RPC.invalidRequest}, an
unknown method ${RPC.methodNotFound}. Anything unexpected is a bug: ${RPC.internal} with an id under which the log has the whole error.

At the command line two more are written as errors: \`no_daemon\` (exit ${EXIT.noDaemon}), and \`configuration\` (exit ${EXIT.configuration}) when the settings
file keeps the daemon from starting.

The command line ends with the refusal's exit code, or with ${EXIT.ok} when it worked, ${EXIT.runFailed} when the operation worked and the run
did not, ${EXIT.usage} for wrong arguments, ${EXIT.noDaemon} when no daemon answers, ${EXIT.nothingToDo} when there was nothing to do, ${EXIT.bug} for a bug and ${EXIT.configuration} for a
broken configuration.
`;
}

function settingsPage(schema: Schema): string {
  const sections = Object.entries(schema.properties ?? {}).filter(([name]) => name !== "$schema");
  return `${GENERATED}
# Settings

\`$STEWARD_HOME/steward.json\`, JSON with comments. What an agent is must be said; everything else has a default. Unknown keys are refused; all problems are
told at once (\`steward config check\`). Editors can use [settings.schema.json](settings.schema.json)
(\`steward config schema\`). A secret is only ever a reference: \`{ "env": "NAME" }\` or \`{ "file": "PATH" }\`.

${sections.map(([name, section]) => settingsSection(name, section)).join("\n")}`;
}

function settingsSection(name: string, section: Schema): string {
  const entries = typeof section.additionalProperties === "object" ? section.additionalProperties : undefined;
  const fields = entries ? fieldTable(`${name}.NAME`, entries) : fieldTable(name, section);
  return `## ${name}\n\n${section.description ?? ""}\n\n${fields}`;
}
