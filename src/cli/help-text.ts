/** Help as text, for everything, for a noun and for a verb. Loaded only when somebody asks. */
import { Command, Option } from "commander";
import { GLOBAL_FIELDS } from "./argv.ts";
import {
  type Catalogue,
  type CatalogueField,
  findOperation,
  type LocalTyped,
  type Typed,
  withOperation,
} from "./catalogue.ts";

const TAGLINE = "Runs AI agents on your machines while you are away: unattended, not unsupervised.";

export interface Verbs {
  readonly catalogue: Catalogue;
  readonly localVerbs: Readonly<Record<string, LocalTyped>>;
  readonly aliases: Readonly<Record<string, string>>;
}

/** Everything that can be typed, by its words: operations, short names and local verbs. */
export async function everyVerb({ catalogue, localVerbs, aliases }: Verbs): Promise<Map<string, Typed>> {
  const verbs = new Map<string, Typed>();
  for (const noun of await catalogue.nouns()) {
    for (const [verb, typed] of Object.entries((await catalogue.noun(noun)) ?? {}))
      verbs.set(`${noun} ${verb}`.trim(), typed);
  }
  for (const [alias, operation] of Object.entries(aliases)) {
    const typed = await findOperation(operation, catalogue);
    if (typed) verbs.set(alias, typed);
  }
  for (const [words, local] of Object.entries(localVerbs)) verbs.set(words, await withOperation(local, catalogue));
  return new Map([...verbs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function overview(verbs: Verbs): Promise<string> {
  const command = new Command("steward").usage("<verb> [arguments]").description(TAGLINE);
  for (const field of GLOBAL_FIELDS) if (field.name !== "help") command.addOption(option(field));
  command.addOption(new Option("-V, --version", "Print the version."));
  return listing(command, await everyVerb(verbs));
}

/** Undefined when nothing begins with that word. */
export async function nounHelp(noun: string, verbs: Verbs): Promise<string | undefined> {
  const below = await verbsOf(noun, verbs);
  if (below.size === 0) return undefined;
  return listing(new Command(`steward ${noun}`).usage("<verb> [arguments]"), below);
}

export async function verbsOf(noun: string, verbs: Verbs): Promise<Map<string, Typed>> {
  return new Map([...(await everyVerb(verbs))].filter(([words]) => words.startsWith(`${noun} `)));
}

export function verbHelp(words: readonly string[], { summary, effect, args, fields }: Typed): string {
  const command = new Command(`steward ${words.join(" ")}`).description(summary);
  for (const name of args) {
    const field = fields.find((candidate) => candidate.name === name);
    command.argument(field?.required ? `<${name}>` : `[${name}]`, field ? describe(field) : "");
  }
  for (const field of fields) if (!args.includes(field.name)) command.addOption(option(field));
  const asks = effect === "destroy";
  for (const field of GLOBAL_FIELDS)
    if (field.name === "json" || (asks && field.name === "yes")) command.addOption(option(field));
  return `${command.helpInformation()}\nEverywhere: --home <path>, --wait-limit <duration>; see steward --help\n`;
}

/** The same as data, by the words of each verb. */
export function helpJson(verbs: ReadonlyMap<string, Typed>): string {
  const described = [...verbs].map(([words, { summary, effect, args, fields }]) => ({
    verb: words,
    summary,
    effect,
    args,
    flags: fields,
  }));
  return `${JSON.stringify({ verbs: described, globalFlags: GLOBAL_FIELDS })}\n`;
}

function listing(command: Command, verbs: ReadonlyMap<string, Typed>): string {
  const width = Math.max(...[...verbs.keys()].map((words) => words.length));
  const lines = [...verbs].map(([words, { summary }]) => `  ${words.padEnd(width)}  ${summary}`);
  return `${command.helpInformation()}\nVerbs:\n${lines.join("\n")}\n\nWhat one of them takes: steward help <verb>\n`;
}

const PLACEHOLDERS: Readonly<Record<CatalogueField["type"], string>> = {
  text: "text",
  number: "number",
  boolean: "",
  list: "a,b",
  json: "json",
  duration: "duration",
  time: "time",
};

function option(field: CatalogueField): Option {
  const short = field.short ? `-${field.short}, ` : "";
  const value = field.type === "boolean" ? "" : ` <${field.path ? "path" : PLACEHOLDERS[field.type]}>`;
  return new Option(`${short}--${field.flag}${value}`, describe(field));
}

function describe({ description = "", choices, required, ...field }: CatalogueField): string {
  const notes = [
    choices?.join(", "),
    required && "required",
    field.default !== undefined && field.default !== false && `default: ${defaultText(field)}`,
  ].filter(Boolean);
  return notes.length > 0 ? `${description} (${notes.join("; ")})`.trim() : description;
}

function defaultText(field: Pick<CatalogueField, "default" | "type" | "unit">): string {
  if (field.type === "duration" && field.unit === "ms") return `${Number(field.default) / 1000}s`;
  if (field.type === "duration") return `${field.default}${field.unit}`;
  return typeof field.default === "string" ? field.default : JSON.stringify(field.default);
}
