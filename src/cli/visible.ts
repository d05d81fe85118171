/** Makes text safe to show: what an agent wrote must not steer the terminal of whoever reads it. */

/** Controls (C0, DEL, C1), line and paragraph separators, and what turns the writing direction round. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line: newlines and tabs are shown too. */
export function visibleLine(text: string): string {
  return text.replace(STEERING, escaped);
}

/** Many lines: newlines and tabs stay what they are, a Windows line end becomes a newline. */
export function visibleText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(STEERING, (found) => (found === "\n" || found === "\t" ? found : escaped(found)));
}

/** JSON already escapes most of it; the rest is escaped in a way that leaves the value the same. */
export function visibleJson(json: string): string {
  return json.replace(STEERING, (found) => (found === "\n" ? found : unicode(found)));
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

function escaped(found: string): string {
  return SHORT[found] ?? unicode(found);
}

function unicode(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What shows nothing or looks like a space and is none, and halves of characters. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Zs}\p{Cs}]/gu;

/** For whoever decides by what they read: also what cannot be seen is shown. Newlines and tabs stay what they are. */
export function visibleWhole(text: string): string {
  return text
    .replace(STEERING, (found) => (found === "\n" || found === "\t" ? found : escaped(found)))
    .replace(UNSEEN, (found) => (found === " " ? found : `\\u{${found.codePointAt(0)?.toString(16)}}`));
}
