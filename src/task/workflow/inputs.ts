/** What is given to a workflow, as the texts that are put in: each by its input's type, defaults where nothing is given. */

import * as z from "zod";
import { closest, didYouMean } from "../../config/suggest.ts";
import { faultsOf as shapeFaults } from "../../core/plain-words.ts";
import { Refusal, refuse } from "../../core/refusal.ts";
import { fromText } from "../../core/text.ts";
import { PlainText } from "../task.ts";
import { isRequired, MAX_ITEMS, type Workflow, type WorkflowInput } from "./workflow.ts";

/** By input: its text, or the texts of a list. */
export type Values = ReadonlyMap<string, string | readonly string[]>;

interface Fault {
  readonly field: string;
  readonly problem: string;
}

/** Refuses with everything that is wrong at once. A text is taken for any type: `5`, `yes`, `a,b`. */
export function valuesOf({ name, inputs }: Workflow, given: Readonly<Record<string, unknown>>): Values {
  const faults: Fault[] = [];
  const values = new Map<string, string | readonly string[]>();
  for (const unknown of Object.keys(given).filter((input) => !Object.hasOwn(inputs, input))) {
    const meant = closest(unknown, Object.keys(inputs));
    const hint = meant === undefined ? "" : `; ${didYouMean(meant)}`;
    faults.push({ field: `inputs.${unknown.slice(0, 64).toWellFormed()}`, problem: `is no input of ${name}${hint}` });
  }
  for (const [input, declared] of Object.entries(inputs)) {
    const field = `inputs.${input}`;
    const value = Object.hasOwn(given, input) ? given[input] : declared.default;
    if (value === undefined && isRequired(declared)) {
      faults.push({ field, problem: `is missing${declared.summary ? ` (${declared.summary})` : ""}` });
    } else {
      const read = value === undefined ? empty(declared) : valueOfType(field, declared, value);
      if (typeof read === "string" || Array.isArray(read)) values.set(input, read);
      else faults.push(read as Fault);
    }
  }
  if (faults.length === 0) return values;
  refuse("invalid_input", faults.map(({ field, problem }) => `${field}: ${problem}`).join("; "), {
    hint: `\`steward workflow get ${name}\` shows what it takes.`,
    data: { fields: faults },
  });
}

function empty({ type }: WorkflowInput): string | readonly string[] {
  return type === "list" ? [] : "";
}

const SHAPES = {
  text: () => PlainText,
  number: () => z.number(),
  boolean: () => z.boolean(),
  list: () => z.array(PlainText).max(MAX_ITEMS),
  choice: (choices: readonly string[]) => z.enum(choices as [string, ...string[]]),
} as const;

function valueOfType(field: string, declared: WorkflowInput, value: unknown): string | readonly string[] | Fault {
  const { type } = declared;
  const typed = typeof value === "string" && type !== "choice" ? fromTextOr(field, type, value) : value;
  if (isFault(typed)) return typed;
  const shape = type === "choice" ? SHAPES.choice(declared.choices) : SHAPES[type]();
  const read = shapeFaults<z.ZodType>(shape, typed);
  if ("value" in read) return Array.isArray(read.value) ? (read.value as string[]) : String(read.value);
  return { field, problem: read.faults.map(({ problem }) => problem).join(", ") };
}

function fromTextOr(field: string, type: "text" | "number" | "boolean" | "list", text: string): unknown {
  try {
    return fromText({ name: field, type }, text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { field, problem: error.message.slice(field.length + 2).replace(/\.$/, "") };
  }
}

function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "problem" in value;
}
