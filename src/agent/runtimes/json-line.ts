/** Reading what an agent printed: any line, any shape. What is not there, or is something else, is undefined or empty. */
import { cutText } from "../../core/cut.ts";
import { isShallow } from "../../core/json.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Longest text of one event, in characters: the whole stands in the raw output. */
const MAX_TEXT = 64 * 1024;
/** Longest output of a tool in one event, in characters. */
const MAX_OUTPUT = 4 * 1024;
/** Longest input of a tool in one event, in characters of JSON. */
const MAX_INPUT = 16 * 1024;
/** The last moment that a Date can hold (ECMA-262), epoch ms. */
const MAX_DATE_MS = 8.64e15;

/** Undefined for what is no JSON object. */
export function parseLine(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) && isShallow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Not empty, and not longer than an event may be. */
export function text(value: unknown, most = MAX_TEXT): string | null {
  if (typeof value !== "string" || value === "") return null;
  const whole = value.toWellFormed().replaceAll("\0", "\uFFFD");
  return cutText(whole, most);
}

export function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Epoch seconds as whole epoch ms; null for what no date can show. */
export function momentOf(seconds: unknown): number | null {
  const at = Math.round((number(seconds) ?? Number.NaN) * 1000);
  return Math.abs(at) <= MAX_DATE_MS ? at : null;
}

/** A count of tokens, milliseconds or tries. */
export function count(value: unknown): number {
  const found = number(value);
  return found === null ? 0 : Math.max(0, Math.round(Math.min(found, Number.MAX_SAFE_INTEGER)));
}

/** Of a tool: its beginning. */
export function outputText(value: unknown): string | null {
  return text(value, MAX_OUTPUT);
}

/** As it is, or the beginning of its JSON when it is too long for an event. */
export function inputForEvent(value: unknown): unknown {
  const json = JSON.stringify(value ?? null);
  return json.length <= MAX_INPUT ? (value ?? null) : text(json, MAX_INPUT);
}
