/** Text that comes in pieces, as it flows onto lines of some width: broken between words, never inside of one. */
import { charactersOf, columnsOf, columnsOfCharacter } from "../columns.ts";
import { visibleText } from "../visible.ts";

/** A word that is longer is written as it comes, in characters. */
const WORD_CHARACTERS = 400;
const TAB = "    ";

export interface Flow {
  /** How far the line is written, in columns. */
  readonly column: number;
  /** Blanks and the beginning of a word that may go on in the next piece. */
  readonly held: string;
  /** Nothing was written yet. */
  readonly isFresh: boolean;
}

export const NEW_FLOW: Flow = { column: 0, held: "", isFresh: true };

export interface Flowed {
  readonly flow: Flow;
  /** What there is to write now. */
  readonly text: string;
}

/** `columns` undefined: lines end where the text ends them. */
export function flowOn({ column, held, isFresh }: Flow, piece: string, columns = Number.POSITIVE_INFINITY): Flowed {
  const safe = visibleText(piece).replaceAll("\t", TAB);
  const begun = isFresh ? safe.replace(/^\n+/, "") : safe;
  let line = { column, text: "" };
  let word = held;
  const put = () => {
    line = putWord(line, word, columns);
    word = "";
  };
  for (const character of charactersOf(begun)) {
    const isBlank = character === " ";
    // Writing without blanks may be broken between any two wide characters.
    if (isBlank ? word.trimStart() !== "" : columnsOfCharacter(character) === 2) put();
    if (character === "\n") {
      put();
      line = { column: 0, text: `${line.text}\n` };
    } else {
      word += character;
      if (word.length > WORD_CHARACTERS) put();
    }
  }
  const flow = { column: line.column, held: word, isFresh: isFresh && begun === "" };
  return columns === Number.POSITIVE_INFINITY ? settled({ flow, text: line.text }) : { flow, text: line.text };
}

/** Writes also what was held back: nothing more has come for a while, or something else comes. */
export function settled({ flow, text }: Flowed, columns = Number.POSITIVE_INFINITY): Flowed {
  const line = putWord({ column: flow.column, text }, flow.held, columns);
  return { flow: { ...flow, column: line.column, held: "" }, text: line.text };
}

function putWord(line: { column: number; text: string }, held: string, columns: number) {
  const word = held.trimStart();
  const wide = columnsOf(word);
  const whole = line.column + (held.length - word.length) + wide;
  if (word === "" || line.column === 0 || whole <= columns)
    return { column: rest(whole, columns), text: line.text + held };
  return { column: rest(wide, columns), text: `${line.text}\n${word}` };
}

/** A word longer than a line is left to the terminal, and with it all that stays selectable as one. */
function rest(column: number, columns: number): number {
  return column <= columns ? column : column % columns;
}
