/** An operation's example as somebody would type it. */
import { type Catalogue, type CatalogueField, findOperation } from "../../src/cli/catalogue.ts";
import { LOCAL_VERBS } from "../../src/cli/verbs.ts";
import type { Operation } from "../../src/core/operation.ts";

export async function commandLineOf({ name, example }: Operation, catalogue: Catalogue): Promise<string> {
  const own = LOCAL_VERBS[wordsOf(name).join(" ")];
  const verb = own && own.like === undefined ? own : await findOperation(name, catalogue);
  if (!verb) throw new Error(`${name} is not in the catalogue of the command line`);
  // What a verb of its own takes in place of the operation's field is a name to be filled in.
  const input = Object.fromEntries([...verb.args.map((arg) => [arg, arg.toUpperCase()]), ...Object.entries(example)]);
  const typed = verb.fields.filter((field) => field.name in example);
  const positions = verb.args
    .filter((arg) => arg in example || verb === own)
    .map((arg) => shellWord(String(input[arg])));
  const flags = typed
    .filter((field) => !verb.args.includes(field.name))
    .map((field) => flagText(field, input[field.name]));
  return ["steward", ...wordsOf(name), ...positions, ...flags].join(" ");
}

function wordsOf(name: string): string[] {
  return name.split(".").map((word) => word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
}

function flagText({ flag, type, unit }: CatalogueField, value: unknown): string {
  if (type === "boolean" && value === true) return `--${flag}`;
  if (type === "duration") return `--${flag} ${String(value)}${unit ?? "s"}`;
  const isPlainList = type === "list" && Array.isArray(value) && value.every((item) => !/[,[]/.test(String(item)));
  if (isPlainList) return `--${flag} ${shellWord(value.join(","))}`;
  return `--${flag} ${shellWord(typeof value === "string" ? value : JSON.stringify(value))}`;
}

function shellWord(text: string): string {
  return /^[\w./:@,+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
