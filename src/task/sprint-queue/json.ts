/** A hostile text becomes one JSON object, or a refusal that says where it went wrong. */
import { type ParseErrorCode, printParseErrorCode, visit } from "jsonc-parser";
import { Refusal, refuse } from "../../core/refusal.ts";
import { type Notes, plainLine, quoted, shorten } from "./report.ts";
import { MAX_DEPTH, MAX_FILE_BYTES, scan, type TwiceNamed } from "./scan.ts";

const SHAPE_HINT = 'A sprint queue is a JSON object with a "tasks" list: see examples/sprint-queue.json.';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseQueueText(text: string, notes: Notes): JsonObject & { readonly tasks: readonly unknown[] } {
  if (text.length > MAX_FILE_BYTES || Buffer.byteLength(text) > MAX_FILE_BYTES) {
    refuse("too_large", `The queue has ${Buffer.byteLength(text)} bytes; it may have up to ${MAX_FILE_BYTES}.`, {
      data: { limit: MAX_FILE_BYTES },
    });
  }
  const json = withoutMark(text, notes);
  const ambiguous = look(json, notes);
  const root = parseStrictly(json);
  if (ambiguous) refuseAmbiguous(ambiguous);
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

/** Before parsing: the error locator recurses. Gives what cannot be read one way only, if the text is JSON at all. */
function look(text: string, notes: Notes): TwiceNamed | undefined {
  let ambiguous: TwiceNamed | undefined;
  const tooDeep = scan(text, {
    inexact: (written, { line, column }) => {
      const place = { task: null, field: null, at: `${line}:${column}` };
      notes.warn(place, `the number ${quoted(written)} cannot be kept exactly: it is read as ${Number(written)}`);
    },
    twice: (found) => {
      if (found.isDeciding) ambiguous ??= found;
      const place = { task: null, field: plainLine(shorten(found.name, 128)), at: `${found.line}:${found.column}` };
      const whose = found.of === "" ? "the file" : shorten(plainLine(found.of), 200);
      notes.warn(place, `${whose} has ${quoted(found.name)} twice: only the last is read, and an export has no other`);
    },
  });
  if (!tooDeep) return ambiguous;
  const { line, column } = tooDeep;
  return refuse("too_large", `The queue nests deeper than ${MAX_DEPTH} levels at ${line}:${column}.`, {
    data: { limit: MAX_DEPTH, line, column },
  });
}

function refuseAmbiguous({ of, name, line, column }: TwiceNamed): never {
  const whose = of === "" ? "The queue" : of;
  refuse("invalid_input", `${whose} has "${name}" twice, the second one at ${line}:${column}.`, {
    hint: "Nobody can say which of the two is meant: take one of them away, or mend the brackets between them.",
    data: { line, column },
  });
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
