/** What an agent says: it comes in pieces of a few letters and is told by paragraphs. */
import { cutText } from "../../../core/cut.ts";
import { text } from "../json-line.ts";
import { type AcpMaking, NO_WORDS } from "./state.ts";

/** Most that is gathered before it is told, in characters. */
const MAX_GATHERED = 8 * 1024;
/** Longest last word that is kept, in characters. */
const MAX_LAST = 32 * 1024;

export function addWords(making: AcpMaking, kind: "text" | "thought", piece: string, message: string | null): void {
  const before = making.own.words;
  if (before.kind !== kind || before.message !== message) tellWords(making);
  const { rest, last } = making.own.words;
  const isNewWord = kind === "text" && before.message !== message;
  const word = kind === "thought" ? last : `${isNewWord ? "" : last}${piece}`;
  making.setOwn({
    words: { kind, message, rest: rest + piece, last: cutText(word, MAX_LAST) },
    hasActed: true,
    errorSaid: null,
  });
  tellParagraphs(making);
}

function tellParagraphs(making: AcpMaking): void {
  const { words } = making.own;
  const end = words.rest.lastIndexOf("\n\n");
  if (end > 0) {
    tell(making, words.rest.slice(0, end));
    making.setOwn({ words: { ...words, rest: words.rest.slice(end + 2) } });
  }
  if (making.own.words.rest.length > MAX_GATHERED) tellWords(making);
}

/** All that was gathered: something else comes. */
export function tellWords(making: AcpMaking): void {
  const { words } = making.own;
  if (words.rest === "") return;
  tell(making, words.rest);
  making.setOwn({ words: { ...words, rest: "" } });
}

/** It does something: what it said before is not its last word. */
export function endWord(making: AcpMaking): void {
  tellWords(making);
  making.setOwn({ words: NO_WORDS });
}

function tell(making: AcpMaking, said: string): void {
  const found = text(said.trim());
  if (found !== null) making.tell({ type: making.own.words.kind, text: found });
}
