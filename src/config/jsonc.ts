/** JSON with comments and trailing commas as a tree with offsets, and every fault of its syntax. */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Fault } from "./problem.ts";

/** Deepest nesting of a settings file, in levels: parser and schema recurse. */
export const MAX_DEPTH = 64;

export interface ParsedText {
  readonly root: Node | undefined;
  readonly faults: readonly Fault[];
  /** What ends before this offset was surely read as it was meant. */
  readonly certainUntil: number;
}

export function parseText(text: string): ParsedText {
  const tooDeep = findTooDeep(text);
  if (tooDeep) return { root: undefined, faults: [tooDeep], certainUntil: 0 };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  if (!root) errors.splice(1);
  const grave = errors.filter((error) => codeOf(error) !== "CommaExpected");
  return {
    root,
    faults: firstOfEachPlace(errors).map((error) => syntaxFault(error, text)),
    certainUntil: Math.min(Infinity, ...grave.slice(0, 1).map((error) => error.offset)),
  };
}

/** `SyntaxKind.EOF` of jsonc-parser, whose enum exists only in its types. */
const END_OF_FILE = 17;

/** Counts with a stack, so that a wrong closing bracket, which the parser skips, takes no level away. */
function findTooDeep(text: string): Fault | undefined {
  const scanner = createScanner(text, true);
  const open: string[] = [];
  while (scanner.scan() !== END_OF_FILE) {
    const at = scanner.getTokenOffset();
    const character = text[at];
    if (character === "{" || character === "[") open.push(character);
    else if (character === "}" && open.at(-1) === "{") open.pop();
    else if (character === "]" && open.at(-1) === "[") open.pop();
    if (open.length > MAX_DEPTH) {
      return { offset: at, end: at + 1, path: [], message: `nested deeper than ${MAX_DEPTH} levels` };
    }
  }
  return undefined;
}

function firstOfEachPlace(errors: readonly ParseError[]): readonly ParseError[] {
  const seen = new Set<number>();
  return errors.filter(({ offset }) => !seen.has(offset) && seen.add(offset));
}

function syntaxFault(error: ParseError, text: string): Fault {
  const { offset, length } = error;
  const place = { offset, end: offset + length, path: [] };
  if (text.trim() === "") return { ...place, message: "the file is empty", hint: "write {} for the defaults" };
  const message = SYNTAX_MESSAGES[codeOf(error)] ?? "this is not valid JSON";
  return text[offset] === "'"
    ? { ...place, message, hint: 'write texts and names in "double quotes"' }
    : { ...place, message };
}

function codeOf(error: ParseError): string {
  return printParseErrorCode(error.error);
}

const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is no value that JSON knows",
  InvalidNumberFormat: "this is not a number",
  PropertyNameExpected: 'expected a name in "double quotes"',
  ValueExpected: "expected a value",
  ColonExpected: "expected a colon after the name",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing } is missing",
  CloseBracketExpected: "a closing ] is missing",
  EndOfFileExpected: "nothing may follow the closing }",
  UnexpectedEndOfComment: "this comment is never closed",
  UnexpectedEndOfString: "this text is not closed on its line",
  UnexpectedEndOfNumber: "this number is not complete",
  InvalidUnicode: "this text has a wrong \\u escape",
  InvalidEscapeCharacter: "this text has a wrong \\ escape",
  InvalidCharacter: "this text has a control character; write it as an escape",
};
