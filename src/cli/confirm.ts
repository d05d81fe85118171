/** Asks a person at a terminal whether they mean it. Loaded only for what ends something or takes it away. */
import { createInterface } from "node:readline/promises";
import type { Typed } from "./catalogue.ts";
import type { Output } from "./output.ts";
import { visibleLine } from "./visible.ts";

/** Longest argument that is shown in the question, in characters. */
const SHOWN_CHARACTERS = 60;

/** No answer, the end of the input and everything but yes is no. The question goes to stderr. */
export async function confirmed(
  { typed }: { readonly typed: Typed },
  input: Readonly<Record<string, unknown>>,
  err: Output,
): Promise<boolean> {
  await err.write(`${typed.confirm === undefined ? question(typed, input) : filledIn(typed.confirm, input)} [y/N] `);
  const isYes = /^\s*y(es)?\s*$/i.test(await oneLine());
  if (!isYes) await err.write("Nothing was done.\n");
  return isYes;
}

function filledIn(sentence: string, input: Readonly<Record<string, unknown>>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => shown(input[name] ?? ""));
}

function question(typed: Typed, input: Readonly<Record<string, unknown>>): string {
  const given = typed.fields.flatMap(({ name, flag }) => {
    if (input[name] === undefined) return [];
    const text = shown(input[name]);
    return [typed.args.includes(name) ? text : `--${flag} ${text}`];
  });
  const what = [typed.summary.replace(/\.$/, ""), given.join(" ")].filter(Boolean).join(": ");
  return `${what}?`;
}

function shown(value: unknown): string {
  const text = visibleLine(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1).toWellFormed()}…` : text;
}

async function oneLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  for await (const line of lines) return line;
  return "";
}
