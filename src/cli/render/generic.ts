/** Results for people: aligned keys and values, lists as tables, everything made safe for a terminal. */
import { visibleLine, visibleText } from "../visible.ts";
import { measured, shortMoment, wordsOf } from "./words.ts";

/** A cell of a table is cut after this many characters. */
const CELL_CHARACTERS = 60;

/** Columns are found by looking at this many rows. */
const ROWS_LOOKED_AT = 200;

/** Whole lines; nothing of what agents wrote can steer the terminal. */
export function renderAny(result: unknown): string {
  return `${block(result).join("\n")}\n`;
}

/** The answer of an operation: a page of a list is its table and the way to the next one. */
export function renderAnswer(operation: string, result: unknown): string {
  const page = pageOf(result);
  if (!page) return renderAny(result);
  if (page.items.length === 0) return `There are no ${visibleLine(page.name)}.\n`;
  const verb = operation.replace(".", " ");
  const more = page.next === null ? "" : `more: steward ${verb} --before ${visibleLine(page.next)}\n`;
  return renderAny(page.items) + more;
}

/** One list and nothing else, but for where it goes on. */
function pageOf(result: unknown): { name: string; items: readonly unknown[]; next: string | null } | undefined {
  if (!isRecord(result)) return undefined;
  const { next = null, ...rest } = result;
  const [[name, items] = ["", undefined], ...others] = Object.entries(rest);
  if (!Array.isArray(items) || others.length > 0) return undefined;
  return next === null || typeof next === "string" ? { name, items, next } : undefined;
}

function block(value: unknown): string[] {
  if (Array.isArray(value)) return list(value);
  if (isRecord(value)) return pairs(value);
  return visibleText(plain(value)).split("\n");
}

function list(items: readonly unknown[]): string[] {
  if (items.length === 0) return ["(none)"];
  return items.every(isRecord) ? table(items) : items.map((item) => visibleLine(plain(item)));
}

/** Short values beside their keys, aligned; long ones and structures indented below theirs. What is not there is left out. */
function pairs(record: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(record);
  const entries = Object.entries(record)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => {
      const { name, value: shown } = measured(key, value) ?? { name: key, value: shortMoment(key, value) };
      return [visibleLine(wordsOf(names.includes(name) ? key : name, names)), shown] as const;
    });
  if (entries.length === 0) return ["(nothing)"];
  const width = entries.reduce(
    (widest, [label, value]) => (isShort(value) ? Math.max(widest, label.length) : widest),
    0,
  );
  return entries.flatMap(([label, value]) => {
    if (isShort(value)) return `${label.padEnd(width)}  ${visibleLine(inline(value))}`;
    return [`${label}:`, ...block(value).map((line) => `  ${line}`)];
  });
}

function table(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const keys = [...new Set(rows.slice(0, ROWS_LOOKED_AT).flatMap((row) => Object.keys(row)))];
  const columns = keys
    .map((key) => ({
      title: visibleLine(wordsOf(key, keys)).toUpperCase(),
      cells: rows.map((row) => cell(shortMoment(key, row[key]))),
    }))
    .filter(({ cells }) => cells.some((text) => text !== "-"));
  const widths = columns.map(({ title, cells }) =>
    cells.reduce((widest, text) => Math.max(widest, text.length), title.length),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    ...rows.map((_, row) => line(columns.map(({ cells }) => cells[row] ?? "-"))),
  ];
}

function cell(value: unknown): string {
  const text = visibleLine(inline(value));
  return text.length > CELL_CHARACTERS ? `${text.slice(0, CELL_CHARACTERS - 1)}…` : text;
}

function inline(value: unknown): string {
  if (Array.isArray(value) && !value.some(isRecord)) return value.map(plain).join(", ") || "-";
  return typeof value === "object" && value !== null ? JSON.stringify(value) : plain(value);
}

function isShort(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\n");
  if (Array.isArray(value)) return value.every((item) => !isRecord(item)) && inline(value).length <= CELL_CHARACTERS;
  return !isRecord(value) || Object.keys(value).length === 0;
}

function plain(value: unknown): string {
  if (value === null || value === undefined || value === "") return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
