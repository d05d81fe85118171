/** Text into values, in one place for every transport that has only text: flags, query strings, chat commands. */
import { refuse } from "./refusal.ts";

export type TextType = "text" | "number" | "boolean" | "list" | "json" | "duration" | "time";

export interface TextField {
  readonly name: string;
  readonly type: TextType;
  /** Of a duration: what the value is counted in. */
  readonly unit?: DurationUnit;
  /** Of a list: what its items are. */
  readonly items?: "text" | "number";
}

export type DurationUnit = keyof typeof UNIT_MS;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Whether a text is one of the choices, or a number in range, is the operation's to judge, not ours. */
export function fromText(field: TextField, text: string): unknown {
  return CONVERT[field.type](field, text);
}

const CONVERT: Readonly<Record<TextType, (field: TextField, text: string) => unknown>> = {
  text: (_, text) => text,
  number: toNumber,
  boolean: toBoolean,
  list: toList,
  json: toJson,
  duration: toDuration,
  time: toTime,
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function toNumber(field: TextField, text: string): number {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isFinite(value)) wrong(field, text, "a number", "such as 5 or -1.5");
  return value;
}

function toBoolean(field: TextField, text: string): boolean {
  const word = text.toLowerCase();
  if (["true", "yes", "on", "1"].includes(word)) return true;
  if (["false", "no", "off", "0"].includes(word)) return false;
  return wrong(field, text, "yes or no", "true or false");
}

/** `a,b,c`; where an item has a comma in it or is no plain text, the whole list as JSON. */
function toList(field: TextField, text: string): unknown {
  if (text.trimStart().startsWith("[")) return toJson(field, text);
  const items = text.split(",").map((item) => item.trim());
  const named = items.filter((item) => item !== "");
  return field.items === "number" ? named.map((item) => toNumber(field, item)) : named;
}

function toJson(field: TextField, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return wrong(field, text, "JSON", `such as '{"a": 1}' (quote it for your shell)`);
  }
}

/** A number without a unit is counted in the field's own. */
function toDuration(field: TextField, text: string): number {
  const unit = field.unit ?? "s";
  const [, amount, given = unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (amount === undefined) return wrong(field, text, "a duration", "such as 90s, 15m, 2h or 1d");
  return (Number(amount) * UNIT_MS[given as DurationUnit]) / UNIT_MS[unit];
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;

/** ISO-8601 UTC. Without a zone the time is this machine's. */
function toTime(field: TextField, text: string): string {
  const [, year, month, day, time = "00:00", zone = ""] = TIME.exec(text) ?? [];
  const moment = new Date(`${year}-${month}-${day}T${time}${zone.toUpperCase()}`);
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number.isNaN(moment.getTime()) || Number(day) > lastDay) {
    wrong(field, text, "a time", "such as 2030-12-31T18:00 or 2030-12-31T17:00:00Z");
  }
  return moment.toISOString();
}

function wrong(field: TextField, text: string, kind: string, example: string): never {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  const problem = `${JSON.stringify(shown)} is not ${kind}`;
  refuse("invalid_input", `${field.name}: ${problem}.`, {
    hint: `Give ${kind}, ${example}.`,
    data: { fields: [{ field: field.name, problem }] },
  });
}
