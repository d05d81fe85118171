/** An operation's example as somebody would type it. */
import { type Catalogue, type CatalogueField, findOperation } from "../../src/cli/catalogue.ts";
import type { Operation } from "../../src/core/operation.ts";

export async function commandLineOf({ name, example }: Operation, catalogue: Catalogue): Promise<string> {
  const verb = await findOperation(name, catalogue);
  if (!verb) throw new Error(`${name} is not in the catalogue of the command line`);
  const input: Readonly<Record<string, unknown>> = example;
  const typed = verb.fields.filter((field) => input[field.name] !== undefined);
  const positions = verb.args.filter((arg) => input[arg] !== undefined).map((arg) => shellWord(String(input[arg])));
  const flags = typed
    .filter((field) => !verb.args.includes(field.name))
    .map((field) => flagText(field, input[field.name]));
  return ["steward", ...wordsOf(name), ...positions, ...flags].join(" ");
}

/** `daemon.status` is typed as `daemon status`; `queue.import` takes a file in place of its text. */
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

export function shellWord(text: string): string {
  return /^[\w./:@,+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
