/** Places for inputs in a text: `{{inputs.NAME}}`, `{{item}}`; `{{{{` is a `{{` that means nothing. Nothing else is understood. */

/** A piece of a text: as it stands, or what is put in its place. */
type Piece =
  | { readonly text: string }
  | { readonly place: string; readonly written: string }
  | { readonly stray: Stray };

/** What stands between the braces of a place that is no place, for whoever wrote it. */
export interface Stray {
  /** As it stands in the text, cut where it is long. */
  readonly written: string;
  readonly name: string | undefined;
}

/** Most strays told of one text. */
const MAX_STRAYS = 10;

/** Longest part of a text that is shown of a place that is none, in characters. */
const SHOWN_CHARACTERS = 40;

const PLACE = /\{\{\s*(?:inputs\.([A-Za-z][A-Za-z0-9_-]*)|(item))\s*\}\}/y;

/** Every `{{` of the text is a known place, or doubled; the others are told. */
export function straysOf(text: string, isKnown: (place: string) => boolean): Stray[] {
  const strays = pieces(text).flatMap((piece): Stray[] => {
    if ("stray" in piece) return [piece.stray];
    return "place" in piece && !isKnown(piece.place) ? [{ written: piece.written, name: piece.place }] : [];
  });
  return strays.slice(0, MAX_STRAYS);
}

/**
 * The text with its places filled; undefined when it would have more than `maxCharacters`. What is put in is never looked at
 * again. `valueAt` is asked for `inputs.NAME` or `item`.
 */
export function filled(text: string, valueAt: (place: string) => string, maxCharacters: number): string | undefined {
  const parts: string[] = [];
  let length = 0;
  for (const piece of pieces(text)) {
    if ("stray" in piece) throw new Error("a text was not checked before it was filled");
    const part = "place" in piece ? valueAt(piece.place) : piece.text;
    length += part.length;
    if (length > maxCharacters) return undefined;
    parts.push(part);
  }
  return parts.join("");
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf("{{", at);
    if (open < 0) return [...found, { text: text.slice(at) }];
    if (open > at) found.push({ text: text.slice(at, open) });
    PLACE.lastIndex = open;
    const place = PLACE.exec(text);
    if (text.startsWith("{{{{", open)) {
      found.push({ text: "{{" });
      at = open + 4;
    } else if (place) {
      found.push({ place: place[1] === undefined ? "item" : `inputs.${place[1]}`, written: place[0] });
      at = PLACE.lastIndex;
    } else {
      found.push({ stray: { written: text.slice(open, open + SHOWN_CHARACTERS).toWellFormed(), name: undefined } });
      at = open + 2;
    }
  }
  return found;
}

/** Every text within JSON, with its path: names are left as they are. */
export function textsIn(
  value: unknown,
  path: readonly PropertyKey[],
): { path: readonly PropertyKey[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, at) => textsIn(item, [...path, at]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsIn(item, [...path, name]));
}

export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTexts(item, change)]));
}
