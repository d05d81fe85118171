/** YAML 1.2 as the same tree that JSON is read into: plain values, no tags, no merge keys, aliases within bounds. */
import type { Node, NodeType } from "jsonc-parser";
import { Composer, type CST, isAlias, isScalar, isSeq, Lexer, type ParsedNode, Parser } from "yaml";
import { MAX_DEPTH, type ParsedText } from "./jsonc.ts";
import type { Fault } from "./problem.ts";

type Token = CST.Token;

/** Smallest pieces of the language (a word, a colon, a line break …) that are read; more is no file that a person wrote. */
const MAX_LEXEMES = 100_000;

/** Values of a file once every alias is what it stands for. */
const MAX_VALUES = 50_000;

/** Text of a file once every alias is what it stands for, in characters. */
const MAX_CHARACTERS = 1024 * 1024;

export function parseYaml(text: string): ParsedText {
  const nul = text.indexOf("\0");
  if (nul >= 0) return failed(faultAt(nul, "has a NUL byte"));
  const read = readTokens(text);
  if ("message" in read) return failed(read);
  const composer = new Composer({
    ...{ version: "1.2", schema: "core", merge: false, strict: true, prettyErrors: false },
    // It compares every pair; whoever judges the tree finds names that are written twice.
    uniqueKeys: false,
  });
  const [document] = composer.compose(read.tokens, true, text.length);
  const [problem] = [...(document?.errors ?? []), ...(document?.warnings ?? [])].sort((a, b) => a.pos[0] - b.pos[0]);
  if (problem) return failed(faultAt(problem.pos[0], sayProblem(problem.message)));
  if (!document?.contents || (isScalar(document.contents) && document.contents.value === null)) {
    return failed(faultAt(0, "the file is empty"));
  }
  try {
    const root = nodeOf(document.contents, { anchors: new Map(), values: 0, characters: 0 }, 0);
    return { root, faults: [], certainUntil: Infinity };
  } catch (error) {
    if (error instanceof Unfit) return failed(error.fault);
    throw error;
  }
}

function failed(fault: Fault): ParsedText {
  return { root: undefined, faults: [fault], certainUntil: 0 };
}

function faultAt(offset: number, message: string, hint?: string): Fault {
  return { offset, end: offset + 1, path: [], message, ...(hint !== undefined && { hint }) };
}

/** Longest sentence of the library that is passed on, in characters: it may quote what the file says. */
const SHOWN_CHARACTERS = 200;

function sayProblem(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  const shown = line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : line;
  return `this is not YAML that is understood here: ${shown}`;
}

/** What the library holds open beside the lists and maps: the document and the value at hand. */
const ALWAYS_OPEN = 2;

/** Stops as soon as it goes too deep: what comes after this recurses. */
function readTokens(text: string): { readonly tokens: readonly Token[] } | Fault {
  const parser = new Parser();
  const tokens: Token[] = [];
  let documents = 0;
  const refused = (token: Token): Fault | undefined => {
    tokens.push(token);
    if (token.type === "directive") return faultAt(token.offset, "directives (%) are not taken");
    if (token.type === "error") return faultAt(token.offset, sayProblem(token.message));
    if (token.type !== "document" || ++documents === 1) return undefined;
    return faultAt(token.offset, "a second document begins here", "one file has one");
  };
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      const fault = refused(token);
      if (fault) return fault;
    }
    const depth = parser.stack.length - ALWAYS_OPEN;
    if (depth > MAX_DEPTH) return faultAt(parser.offset, `nested deeper than ${MAX_DEPTH} levels`);
    if (++lexemes > MAX_LEXEMES) return faultAt(parser.offset, `has more than ${MAX_LEXEMES} words and signs`);
  }
  for (const token of parser.end()) {
    const fault = refused(token);
    if (fault) return fault;
  }
  return { tokens };
}

/** Thrown within this file, from wherever in the tree it is found. */
class Unfit extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

interface Spending {
  readonly anchors: Map<string, ParsedNode>;
  values: number;
  characters: number;
}

function nodeOf(node: ParsedNode | null, spending: Spending, depth: number): Node {
  const [offset, end] = node ? node.range : [0, 0];
  const refuse = (message: string, hint?: string) => new Unfit(faultAt(offset, message, hint));
  if (depth > MAX_DEPTH) throw refuse(`nested deeper than ${MAX_DEPTH} levels`);
  if (++spending.values > MAX_VALUES) throw refuse(`stands for more than ${MAX_VALUES} values`);
  const place = { offset, length: Math.max(1, end - offset) };
  if (node === null) return { type: "null", ...place, value: null };
  if (isAlias(node)) {
    const meant = spending.anchors.get(node.source);
    if (!meant) throw refuse("this alias stands for nothing that was written before it");
    const copy = { ...nodeOf(meant, spending, depth + 1), ...place };
    return copy.children ? withChildren(copy, copy.children) : copy;
  }
  if (node.anchor !== undefined) {
    if ((spending.anchors.get(node.anchor) ?? node) !== node) throw refuse("this anchor is written twice");
    spending.anchors.set(node.anchor, node);
  }
  if (isScalar(node)) return { ...scalarOf(node.value, spending, refuse), ...place };
  if (isSeq(node)) {
    const items = node.items.map((item) => nodeOf(item as ParsedNode, spending, depth + 1));
    return withChildren({ type: "array", ...place }, items);
  }
  const properties = node.items.map(({ key, value }) => {
    const name = keyOf(key as ParsedNode | null, offset, spending);
    const below = nodeOf((value ?? null) as ParsedNode | null, spending, depth + 1);
    return withChildren({ type: "property", offset: name.offset, length: name.length }, [name, below]);
  });
  return withChildren({ type: "object", ...place }, properties);
}

function withChildren(node: Omit<Node, "parent">, children: Node[]): Node {
  const parent: Node = { ...node, children };
  for (const child of children) (child as { parent?: Node }).parent = parent;
  return parent;
}

/** A name is text however it was written: `1`, `true` and `null` too. */
function keyOf(key: ParsedNode | null, above: number, spending: Spending): Node {
  if (!isScalar(key)) {
    throw new Unfit(faultAt(key?.range[0] ?? above, "a name has to be plain text", "no alias, list or map"));
  }
  const [offset, end] = key.range as [number, number, number];
  const name = typeof key.value === "string" ? key.value : (key.source ?? "");
  spending.characters += name.length;
  return { type: "string", offset, length: Math.max(1, end - offset), value: name };
}

function scalarOf(
  value: unknown,
  spending: Spending,
  refuse: (message: string) => Unfit,
): { type: NodeType; value: unknown } {
  if (typeof value === "string") {
    spending.characters += value.length;
    if (spending.characters > MAX_CHARACTERS) throw refuse(`stands for more than ${MAX_CHARACTERS} characters`);
    return { type: "string", value };
  }
  if (typeof value === "number") return { type: "number", value };
  if (typeof value === "boolean") return { type: "boolean", value };
  if (value === null) return { type: "null", value };
  throw refuse("is no plain value");
}
