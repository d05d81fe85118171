/** How many columns of a terminal a text takes: some characters take two, some none. */

/** Unicode's East Asian Wide and Fullwidth (UAX #11), in the blocks that hold them, and what is shown as an emoji (UTS #51). */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f)/u;

/** Nothing of their own: marks on the character before, joiners, selectors. */
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** What is read in one go is bounded: a character may carry any number of marks. */
const CHARACTER_UNITS = 32;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a reader takes for one character, cut to a sane size. */
export function* charactersOf(text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) yield segment.slice(0, CHARACTER_UNITS).toWellFormed();
}

/** 0, 1 or 2. */
export function columnsOfCharacter(character: string): number {
  if (WIDE.test(character)) return 2;
  return NOTHING.test(character) ? 0 : 1;
}

export function columnsOf(text: string): number {
  // Most of what is ever shown.
  if (/^[ -~]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of charactersOf(text)) columns += columnsOfCharacter(character);
  return columns;
}

/** As much as fits, with … in the place of the rest. */
export function cutToColumns(text: string, columns: number): string {
  // Long before it is measured: nothing longer could fit.
  const begun = text.length > columns * CHARACTER_UNITS ? text.slice(0, columns * CHARACTER_UNITS) : text;
  if (begun.length === text.length && columnsOf(text) <= columns) return text;
  let kept = "";
  let taken = 0;
  for (const character of charactersOf(begun)) {
    taken += columnsOfCharacter(character);
    if (taken > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : "";
}
