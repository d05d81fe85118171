/** How a queue file is written, so that an export differs from it only where something has changed: indentation, escapes, numbers. */
import { isObject } from "./json.ts";

export interface FileStyle {
  /** What one level is indented by; "" where all stands on one line. */
  readonly indent: string;
  /** Whatever is not ASCII is escaped. */
  readonly ascii: boolean;
  readonly endsWithNewline: boolean;
  /** How many fields of the head stand before the tasks; absent: they stand before `metadata`. */
  readonly tasksAt?: number;
}

export const DEFAULT_STYLE: FileStyle = { indent: "  ", ascii: false, endsWithNewline: true };

/** JSON.stringify takes no more. */
const MAX_INDENT = 10;

export function styleOf(text: string, root: object): FileStyle {
  const indent = /^\uFEFF?\s*\{\s*\n([ \t]+)"/.exec(text)?.[1] ?? "";
  return {
    indent: indent.slice(0, MAX_INDENT),
    ascii: /\\u[0-9a-f]{4}/i.test(text) && !/[^\0-\x7F]/.test(text),
    endsWithNewline: text.endsWith("\n"),
    tasksAt: Object.keys(root).indexOf("tasks"),
  };
}

export function writeAs(value: unknown, { indent, ascii, endsWithNewline }: FileStyle): string {
  const text = JSON.stringify(value, null, indent);
  const escaped = ascii ? text.replace(/[^\0-\x7F]/g, (unit) => `\\u${hex(unit.charCodeAt(0))}`) : text;
  return endsWithNewline ? `${escaped}\n` : escaped;
}

const hex = (unit: number) => unit.toString(16).padStart(4, "0");

/** Where a number may stand that JavaScript would write differently: 1.0, 1e3, -0, or more digits than a double holds. */
const ODD_NUMBER = /[[:,\s](?:-0(?![.\d])|-?\d+[.eE]|-?\d{16,})/;

/** Source text access of JSON (ECMAScript 2026), which the types do not have yet. */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
};

/** Parsed with every odd number as it is written. Only for what is to be written again: such a number is an object here. */
export function parseAsWritten(text: string): unknown {
  if (!ODD_NUMBER.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
  );
}

/** `at` is a place as `tasks[3].subtasks[0]`. */
export function valueAt(root: unknown, at: string): unknown {
  let here = root;
  for (const [, name = "", index = ""] of at.matchAll(/(\w+)\[(\d+)\]/g)) {
    const list = isObject(here) ? here[name] : undefined;
    here = Array.isArray(list) ? list[Number(index)] : undefined;
  }
  return here;
}
