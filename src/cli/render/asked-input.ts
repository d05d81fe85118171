/** What a tool is to be given, as somebody reads it who has to decide: whole, a change as a change, nothing hidden and nothing faked. */
import { visibleWhole } from "../visible.ts";

/** What agents call the text before and after a change. */
const CHANGES: readonly (readonly [string, string])[] = [
  ["old_string", "new_string"],
  ["old_str", "new_str"],
  ["oldText", "newText"],
  ["oldString", "newString"],
  ["old", "new"],
];

/** Deeper structures are shown as JSON, in levels. */
const MAX_LEVELS = 6;

/** Begins every line of a longer text, so that none of them can pass for something else. */
const BAR = "│ ";

export function inputLines(input: unknown): string[] {
  if (isRecord(input)) return Object.keys(input).length === 0 ? ["(nothing)"] : fields(input, 0);
  return shown(input, 0).lines;
}

/** One line, or every line behind a bar. */
export function textLines(text: string): string[] {
  return text.includes("\n") ? barred(text) : [visibleWhole(text)];
}

interface Shown {
  readonly lines: string[];
  /** Behind its name; what has parts stands below it. */
  readonly beside: boolean;
}

const beside = (line: string): Shown => ({ lines: [line], beside: true });
const below = (lines: string[]): Shown => ({ lines, beside: false });

function fields(record: Readonly<Record<string, unknown>>, level: number): string[] {
  const [before, after] = CHANGES.find((names) => names.every((name) => typeof record[name] === "string")) ?? [];
  return Object.entries(record).flatMap(([name, value]) => {
    if (name === after) return [];
    if (name !== before) return named(nameText(name), shown(value, level));
    return named(`${before} → ${after}`, below(changeLines(String(value), String(record[after ?? ""]))));
  });
}

function named(name: string, value: Shown): string[] {
  return value.beside ? [`${name}: ${value.lines.join()}`] : [`${name}:`, ...value.lines.map((line) => `  ${line}`)];
}

function shown(value: unknown, level: number): Shown {
  if (typeof value === "string") return value.includes("\n") ? below(barred(value)) : beside(lineText(value));
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    return beside(JSON.stringify(value) ?? "null");
  }
  if (level >= MAX_LEVELS) return below(barred(JSON.stringify(value, null, 2)));
  if (isRecord(value)) return below(fields(value, level + 1));
  const items = value as readonly unknown[];
  if (items.every((item) => typeof item === "string" && !item.includes("\n"))) {
    return beside(items.map((item) => word(String(item))).join(" "));
  }
  return below(items.flatMap((item, at) => named(`${at + 1}`, shown(item, level + 1))));
}

/** As it is, or quoted where it could be taken for something else. */
function lineText(text: string): string {
  return visibleWhole(isPlain(text) ? text : JSON.stringify(text));
}

function isPlain(text: string): boolean {
  return text !== "" && text === text.trim() && !/^[[{"│]|^-?\d|^(true|false|null|\(nothing\))$/.test(text);
}

/** Of a command given as a list: quoted where a shell would need it. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : visibleWhole(JSON.stringify(text));
}

function nameText(name: string): string {
  return /^[\w.$-]+$/.test(name) ? name : visibleWhole(JSON.stringify(name));
}

function barred(text: string): string[] {
  return visibleWhole(text)
    .split("\n")
    .map((line) => BAR + line);
}

/** What goes with a minus, what comes with a plus, what stays at both ends as it is; all of it. */
function changeLines(before: string, after: string): string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < shorter && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const marked = (sign: string, lines: readonly string[]) => lines.map((line) => `${BAR}${sign} ${line}`);
  return [
    ...marked(" ", old.slice(0, head)),
    ...marked("-", old.slice(head, old.length - tail)),
    ...marked("+", fresh.slice(head, fresh.length - tail)),
    ...marked(" ", old.slice(old.length - tail)),
  ];
}

function linesOf(text: string): string[] {
  return text === "" ? [] : visibleWhole(text).split("\n");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
