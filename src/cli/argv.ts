/** Reads arguments and flags against what a verb takes. Small and without a library: it is on the path of every call. */
import { resolve } from "node:path";
import { fromText } from "../core/text.ts";
import type { CatalogueField, Typed } from "./catalogue.ts";
import { usageFailure } from "./failure.ts";

/** How long the daemon may take to answer unless `--wait-limit` says otherwise, in ms. */
const WAIT_LIMIT_MS = 30_000;

/** What every verb takes. */
export const GLOBAL_FIELDS: readonly CatalogueField[] = [
  { name: "json", flag: "json", type: "boolean", description: "Print the result as JSON; an error as JSON on stderr." },
  {
    name: "home",
    flag: "home",
    type: "text",
    path: true,
    description: "Where Steward keeps everything (default: STEWARD_HOME, else ~/.steward).",
  },
  {
    name: "waitLimitMs",
    flag: "wait-limit",
    type: "duration",
    unit: "ms",
    default: WAIT_LIMIT_MS,
    description: "How long the daemon may take to answer.",
  },
  {
    name: "yes",
    flag: "yes",
    short: "y",
    type: "boolean",
    description: "Do not ask before something is ended or taken away. Nobody is asked away from a terminal either.",
  },
  { name: "help", flag: "help", short: "h", type: "boolean", description: "Show what this takes." },
];

export interface Globals {
  readonly json: boolean;
  readonly home: string | undefined;
  readonly waitLimitMs: number;
  readonly yes: boolean;
  readonly help: boolean;
}

export interface Arguments {
  readonly globals: Globals;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Up to two words that may choose a verb, and everything else in its order. Global flags may stand before and between. */
export function leadingWords(argv: readonly string[]): { words: readonly string[]; rest: readonly string[] } {
  const words: string[] = [];
  const flags: string[] = [];
  let at = 0;
  for (; at < argv.length && words.length < 2; at++) {
    const text = argv[at] ?? "";
    const field = flagNamed(GLOBAL_FIELDS, text);
    if (field) flags.push(text);
    const following = argv[at + 1];
    if (field && field.type !== "boolean" && !text.includes("=") && following !== undefined)
      flags.push(argv[++at] ?? "");
    else if (!field && text.startsWith("-") && text !== "-") break;
    else if (!field) words.push(text);
  }
  return { words, rest: [...flags, ...argv.slice(at)] };
}

/** Values by field name. Throws a usage failure that names the flag; `--help` forgives everything. */
export function readArguments(verb: string, typed: Typed, argv: readonly string[]): Arguments {
  const values: Record<string, unknown> = {};
  const fields = [...typed.fields, ...GLOBAL_FIELDS];
  const positions = [...typed.args];
  const flagsOnly = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const help = flagsOnly.some((text) => text === "--help" || text === "-h");
  let flagsEnd = false;
  for (let at = 0; at < argv.length && !help; at++) {
    const text = argv[at] ?? "";
    if (text === "--" && !flagsEnd) {
      flagsEnd = true;
    } else if (!flagsEnd && text.startsWith("-") && text !== "-") {
      at += readFlag(verb, fields, text, argv[at + 1], values);
    } else {
      const field = fields.find(({ name }) => name === positions[0]);
      if (!field) throw tooMany(verb, typed, text);
      values[field.name] = fieldValue(field, text);
      positions.shift();
    }
  }
  const { json, home, waitLimitMs, yes, help: _, ...input } = values;
  if (!help) requireAll(verb, typed, input);
  const limit = Number(waitLimitMs ?? WAIT_LIMIT_MS);
  const globals = {
    json: json === true,
    home: home as string | undefined,
    waitLimitMs: limit,
    yes: yes === true,
    help,
  };
  return { globals, input };
}

/** How many further arguments it took. */
function readFlag(
  verb: string,
  fields: readonly CatalogueField[],
  text: string,
  following: string | undefined,
  values: Record<string, unknown>,
): 0 | 1 {
  const field = flagNamed(fields, text);
  if (!field) throw new UnknownFlag(verb, text.replace(/=.*/s, ""), fields);
  const equals = text.indexOf("=");
  if (equals > 0) {
    const given = text.slice(equals + 1);
    if (field.path === true && given === "") throw noValue(verb, field);
    setValue(values, field, fieldValue(field, given));
    return 0;
  }
  if (field.type === "boolean") {
    values[field.name] = true;
    return 0;
  }
  const isMissing =
    following === undefined || (field.path === true && (following === "" || following.startsWith("--")));
  if (isMissing) throw noValue(verb, field);
  setValue(values, field, fieldValue(field, following));
  return 1;
}

function setValue(values: Record<string, unknown>, { name, many }: CatalogueField, value: unknown): void {
  values[name] = many ? [...((values[name] ?? []) as readonly unknown[]), value] : value;
}

function noValue(verb: string, { flag }: CatalogueField): Error {
  return usageFailure(`--${flag} needs a value.`, helpHint(verb));
}

function flagNamed(fields: readonly CatalogueField[], text: string): CatalogueField | undefined {
  const name = text.replace(/=.*/s, "");
  return fields.find(({ flag, short }) => name === `--${flag}` || (short !== undefined && name === `-${short}`));
}

function fieldValue(field: CatalogueField, text: string): unknown {
  // On the command line a flag has lost its unit, so a bare number is counted in seconds everywhere.
  if (field.type === "duration" && /^\d+(\.\d+)?$/.test(text))
    return fromText({ ...field, name: `--${field.flag}` }, `${text}s`);
  const value = fromText({ ...field, name: `--${field.flag}` }, text);
  return field.path && value !== "-" ? resolve(text) : value;
}

function requireAll(verb: string, typed: Typed, input: Readonly<Record<string, unknown>>): void {
  for (const { name, flag, required, choices } of typed.fields) {
    if (!required || name in input) continue;
    const missing = typed.args.includes(name) ? name.toUpperCase() : `--${flag}`;
    const which = choices ? `: ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}?` : ".";
    throw usageFailure(`${missing} is missing${which}`, helpHint(verb));
  }
}

function tooMany(verb: string, typed: Typed, text: string): Error {
  const quote = typed.args.length > 0 ? "Put text with spaces in quotes. " : "";
  return usageFailure(`${JSON.stringify(text)} is one argument too many.`, `${quote}${helpHint(verb)}`);
}

export function helpHint(verb: string): string {
  return `See \`steward ${verb} --help\`.`;
}

/** Thrown apart from other usage failures: finding the flag that was meant is worth loading more code. */
export class UnknownFlag extends Error {
  readonly verb: string;
  readonly flag: string;
  readonly known: readonly string[];

  constructor(verb: string, flag: string, fields: readonly CatalogueField[]) {
    super(`There is no flag ${flag}.`);
    this.name = "UnknownFlag";
    this.verb = verb;
    this.flag = flag;
    this.known = fields.map((field) => `--${field.flag}`);
  }
}
