/** One pass over the text of a queue, for what a parser does not tell: how deep it nests, numbers that it cannot keep, names that stand twice. */

/** Largest queue file, in bytes. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Levels of lists and objects. Real queues have six; whoever stores or shows what was read may then recurse safely. */
export const MAX_DEPTH = 64;

/** Digits from which on a number may be more than a double holds. */
const EXACT_DIGITS = 15;

export interface Found {
  readonly line: number;
  readonly column: number;
}

export interface TwiceNamed extends Found {
  /** The object: `tasks[3].lease`, empty for the file itself. */
  readonly of: string;
  readonly name: string;
  /** By which of the two it goes decides what is read as a task at all. */
  readonly isDeciding: boolean;
}

export interface Listeners {
  readonly inexact?: (written: string, found: Found) => void;
  readonly twice: (found: TwiceNamed) => void;
}

/** What decides which task it is, whose turn it is, and what it waits for: nobody can say which of two is meant. */
const DECIDING = new Set(["id", "status", "subtasks", "dependencies", "depends_on", "parent", "parent_task"]);

const TASK = /^tasks\[\d+\](?:\.subtasks\[\d+\])*$/;

/** A list or object that is open: where in it we are, and the names that it has had. */
interface Level {
  readonly isObject: boolean;
  index: number;
  name: string;
  /** Made with the second name: most objects of a hostile file have none or one. */
  names: Set<string> | undefined;
}

/**
 * Of malformed text too, as far as it can be followed: whoever parses it says what is wrong. Gives the first place that is
 * nested too deeply, where it stops.
 */
export function scan(text: string, { inexact, twice }: Listeners): Found | undefined {
  const levels: Level[] = [];
  let line = 1;
  let lineStart = 0;
  const place = (at: number) => ({ line, column: at - lineStart + 1 });
  const named = (name: string, at: number) => {
    const level = levels.at(-1);
    if (!level || isFirst(level, name)) return;
    const of = pathOf(levels.slice(0, -1));
    const isDeciding = DECIDING.has(name) ? TASK.test(of) : name === "tasks" && of === "";
    twice({ of, name, isDeciding, ...place(at) });
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\n") {
      line += 1;
      lineStart = at + 1;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (levels.at(-1)?.isObject && isName(text, end)) named(unescaped(text, at, end), at);
      at = end;
    } else if (character === "[" || character === "{") {
      if (levels.length === MAX_DEPTH) return place(at);
      levels.push({ isObject: character === "{", index: 0, name: "", names: undefined });
    } else if (character === "]" || character === "}") {
      levels.pop();
    } else if (character === ",") {
      const level = levels.at(-1);
      if (level) level.index += 1;
    } else if (character >= "0" && character <= "9") {
      const end = endOfNumber(text, at);
      const written = text.slice(at, end);
      if (inexact && isInexact(written)) inexact(written, place(at));
      at = end - 1;
    }
  }
  return undefined;
}

/** Notes the name, too. */
function isFirst(level: Level, name: string): boolean {
  const isKnown = level.names ? level.names.has(name) : level.index > 0 && level.name === name;
  if (level.index > 0) {
    level.names ??= new Set([level.name]);
    level.names.add(name);
  }
  level.name = name;
  return !isKnown;
}

function pathOf(levels: readonly Level[]): string {
  const steps = levels.map(({ isObject, index, name }) => (isObject ? `.${name}` : `[${index}]`));
  return steps.join("").replace(/^\./, "");
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

function isName(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && " \t\r\n".includes(text[at] as string)) at += 1;
  return text[at] === ":";
}

/** Two spellings of one name are one name. */
function unescaped(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end);
  if (!inside.includes("\\")) return inside;
  try {
    return String(JSON.parse(`"${inside}"`));
  } catch {
    // No JSON: the parser will say so.
    return inside;
  }
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && "0123456789.eE+-".includes(text[end] as string)) end += 1;
  return end;
}

function isInexact(written: string): boolean {
  const read = Number(written);
  return written.length <= EXACT_DIGITS ? !Number.isFinite(read) : String(read) !== written;
}
