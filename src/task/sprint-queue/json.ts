/** A hostile text becomes one JSON object, or a refusal that says where it went wrong. */
import { type ParseErrorCode, printParseErrorCode, visit } from "jsonc-parser";
import { Refusal, refuse } from "../../core/refusal.ts";
import { type Notes, quoted } from "./report.ts";

export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Levels of lists and objects. Real queues have six; whoever stores or shows what was read may then recurse safely. */
const MAX_DEPTH = 64;

/** Digits from which on a number may be more than a double holds. */
const EXACT_DIGITS = 15;

const SHAPE_HINT = 'A sprint queue is a JSON object with a "tasks" list: see examples/sprint-queue.json.';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseQueueText(text: string, notes: Notes): JsonObject & { readonly tasks: readonly unknown[] } {
  if (text.length > MAX_FILE_BYTES || Buffer.byteLength(text) > MAX_FILE_BYTES) {
    refuse("too_large", `The queue is larger than ${MAX_FILE_BYTES} bytes.`, { data: { limit: MAX_FILE_BYTES } });
  }
  const json = withoutMark(text, notes);
  scan(json, notes);
  const root = parseStrictly(json);
  if (!isObject(root)) refuse("invalid_input", `The queue is ${quoted(root)}, not an object.`, { hint: SHAPE_HINT });
  const { tasks } = root;
  if (!Array.isArray(tasks)) {
    const found = tasks === undefined ? 'no "tasks"' : `${quoted(tasks)} as "tasks", not a list of them`;
    refuse("invalid_input", `The queue has ${found}.`, { hint: SHAPE_HINT });
  }
  return { ...root, tasks };
}

function withoutMark(text: string, notes: Notes): string {
  if (!text.startsWith("\uFEFF")) return text;
  notes.normalised({ task: null, field: null, at: "1:1" }, "a byte order mark was skipped");
  return text.slice(1);
}

/** One pass before parsing: refuses what nests too deeply (the error locator recurses) and tells of inexact numbers. */
function scan(text: string, notes: Notes): void {
  let depth = 0;
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\n") {
      line += 1;
      lineStart = at + 1;
    } else if (character === '"') {
      at = endOfString(text, at);
    } else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > MAX_DEPTH) tooDeep(line, at - lineStart + 1);
    } else if (character === "]" || character === "}") {
      depth -= 1;
    } else if (character >= "0" && character <= "9") {
      const end = endOfNumber(text, at);
      const place = { task: null, field: null, at: `${line}:${at - lineStart + 1}` };
      warnIfInexact(text.slice(at, end), (message) => notes.warn(place, message));
      at = end - 1;
    }
  }
}

function tooDeep(line: number, column: number): never {
  refuse("too_large", `The queue nests deeper than ${MAX_DEPTH} levels at ${line}:${column}.`, {
    data: { limit: MAX_DEPTH, line, column },
  });
}

/** A raw line break ends a string here as it does for the locator: the text is malformed anyway. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"') return at;
    if (character === "\n" || character === "\r") return at - 1;
    if (character === "\\") at += 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && "0123456789.eE+-".includes(text[end] as string)) end += 1;
  return end;
}

function warnIfInexact(written: string, warn: (message: string) => void): void {
  const read = Number(written);
  const exact = written.length <= EXACT_DIGITS ? Number.isFinite(read) : String(read) === written;
  if (!exact) warn(`the number ${quoted(written)} cannot be kept exactly: it is read as ${read}`);
}

function parseStrictly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = firstProblem(text);
    throw new Refusal("invalid_input", `The queue is not valid JSON: ${problem?.says ?? (error as Error).message}.`, {
      hint: problem ? `Look at line ${problem.line}, column ${problem.column}.` : SHAPE_HINT,
      ...(problem && { data: { line: problem.line, column: problem.column } }),
    });
  }
}

interface Problem {
  readonly says: string;
  readonly line: number;
  readonly column: number;
}

/** JSON.parse does not always say where; the other parser always does, and is stopped at its first complaint. */
function firstProblem(text: string): Problem | undefined {
  const enough = new Error("the first problem is enough");
  let problem: Problem | undefined;
  const onError = (error: ParseErrorCode, _offset: number, _length: number, line: number, column: number) => {
    const words = printParseErrorCode(error)
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase();
    problem = { says: `${words} at ${line + 1}:${column + 1}`, line: line + 1, column: column + 1 };
    throw enough;
  };
  try {
    visit(text, { onError }, { disallowComments: true });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return problem;
}
