/** What a reader of somebody else's file says about it: what was normalised, what to look at, bounded, with the place of each. */

/** Notes kept of each kind; the rest is counted. */
export const MAX_NOTES = 1000;

/** Characters of one note. */
const MAX_MESSAGE = 500;

/** Characters of a foreign value that are quoted in a note. */
const MAX_QUOTED = 60;

export interface Place {
  readonly task: string | null;
  readonly field: string | null;
  /** Where in the file: `tasks[3].subtasks[0].lease.ttl`. */
  readonly at: string;
}

export interface Note extends Place {
  readonly message: string;
}

export interface Notes {
  /** Read differently from how it was written; nothing is lost by it. */
  normalised(place: Place, message: string): void;
  /** A person should look at it. */
  warn(place: Place, message: string): void;
  report(): { readonly normalised: Note[]; readonly warnings: Note[] };
}

export function createNotes(): Notes {
  const normalised = boundedNotes();
  const warnings = boundedNotes();
  return {
    normalised: normalised.add,
    warn: warnings.add,
    report: () => ({ normalised: normalised.all(), warnings: warnings.all() }),
  };
}

function boundedNotes() {
  const notes: Note[] = [];
  let left = 0;
  return {
    add({ task, field, at }: Place, message: string): void {
      if (notes.length < MAX_NOTES) notes.push({ task, field, at, message: shorten(plainLine(message), MAX_MESSAGE) });
      else left += 1;
    },
    all: (): Note[] =>
      left === 0 ? notes : [...notes, { task: null, field: null, at: "", message: `… and ${left} more` }],
  };
}

/** A foreign value as a reader can be shown it, however large or deep it is. */
export function quoted(value: unknown): string {
  if (typeof value === "string") return `"${shorten(plainLine(shorten(value, 2 * MAX_QUOTED)), MAX_QUOTED)}"`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** One line of whole characters, without those that could move a terminal's cursor. */
export function plainLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
}

export function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  // Never half of a character that takes two units.
  return `${text.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
