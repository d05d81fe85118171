/** What is wrong with a settings file, and where. A problem never repeats a value: it may be a secret. */

export interface Problem {
  readonly file: string;
  /** From 1; 0 means the file as a whole. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count them; 0 means the file as a whole. */
  readonly column: number;
  /** `agents.shell.command`, empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** A problem that still knows its place by offset. */
export interface Fault {
  readonly offset: number;
  /** Where that which is judged ends: what a syntax problem cuts through is not judged. */
  readonly end: number;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
}

/** `steward.json:12:5 agents.shell.comand: unknown key; did you mean "command"?` */
export function formatProblem({ file, line, column, path, message, hint }: Problem): string {
  const place = line === 0 ? `${file}:` : `${file}:${line}:${column}`;
  return [place, path && `${path}:`, hint ? `${message}; ${hint}` : message].filter(Boolean).join(" ");
}

/** All that is wrong with a file, for those who cannot go on without it. */
export class SettingsProblem extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "SettingsProblem";
    this.problems = problems;
  }
}

/** Longest key shown, in characters. */
const MAX_SHOWN_KEY = 80;

/** `agents.shell.command[1]`; names that are no plain words are quoted, so that nothing reaches a terminal raw. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map(segmentText).join("").replace(/^\./, "");
}

function segmentText(segment: PropertyKey): string {
  if (typeof segment === "number") return `[${segment}]`;
  const key = String(segment);
  if (key.length <= MAX_SHOWN_KEY && /^[\w$-]+$/.test(key)) return `.${key}`;
  const shown = key.length > MAX_SHOWN_KEY ? `${key.slice(0, MAX_SHOWN_KEY)}…` : key;
  return `[${JSON.stringify(shown).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "?")}]`;
}

/** Line and column of an offset; CR, LF and CRLF each end a line. */
export function createPositions(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (end) => end.index + end[0].length)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
