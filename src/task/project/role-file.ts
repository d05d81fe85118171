/** A role as a Markdown file: its fields in front matter, what its agent is told as the text below. */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { createPositions, type Problem, pathText } from "../../config/problem.ts";
import { checkValues } from "../../config/wrong-values.ts";
import { Role } from "../role.ts";

export type RoleFile = { readonly role: Role } | { readonly problems: readonly Problem[] };

/** Most problems told of one file. */
const MAX_PROBLEMS = 20;
/** Longest front matter, in characters. */
const MAX_FRONT_MATTER = 16_384;
/** Deepest nesting of the front matter: parsers recurse. */
const MAX_DEPTH = 32;

interface Parts {
  readonly front: string;
  /** Lines before the front matter's first. */
  readonly linesBefore: number;
  readonly body: string;
}

/** Never throws for anything that a file may hold. `file` is what problems name. */
export function parseRoleFile(text: string, file: string): RoleFile {
  const whole = (message: string, line = 0) => ({
    problems: [{ file, line, column: line === 0 ? 0 : 1, path: "", message }],
  });
  if (text.includes("\0")) return whole("has a NUL byte: it is no text");
  const parts = split(text);
  if (parts === undefined) return whole("the front matter is never closed: write --- on a line of its own", 1);
  if (parts.front.length > MAX_FRONT_MATTER)
    return whole(`the front matter is longer than ${MAX_FRONT_MATTER} characters`, 1);
  if (depthOf(parts.front) > MAX_DEPTH) return whole(`the front matter is nested deeper than ${MAX_DEPTH} levels`, 1);
  return fieldsOf(parts, file);
}

/** Undefined where front matter begins and does not end. */
function split(text: string): Parts | undefined {
  const [first = "", ...rest] = text.split(/\r\n|\r|\n/);
  if (first.trimEnd() !== "---") return { front: "", linesBefore: 0, body: text };
  const end = rest.findIndex((line) => line.trimEnd() === "---");
  if (end === -1) return undefined;
  return { front: rest.slice(0, end).join("\n"), linesBefore: 1, body: rest.slice(end + 1).join("\n") };
}

/** Brackets that could be open at once, or lists begun on one line. Deeper by its indents alone it cannot be, for its length. */
function depthOf(front: string): number {
  let open = 0;
  let deepest = 0;
  for (const character of front) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, ++open);
    else if (character === "]" || character === "}") open -= 1;
  }
  const dashes = Math.max(
    0,
    ...front.split("\n").map((line) => line.match(/^[\s\-?:]*/)?.[0].replace(/\s/g, "").length ?? 0),
  );
  return Math.max(deepest, dashes);
}

function fieldsOf({ front, linesBefore, body }: Parts, file: string): RoleFile {
  const lines = new LineCounter();
  // The core schema has texts, numbers, true and false, null, lists and maps, and nothing that could be made to run.
  const document = parseDocument(front, { schema: "core", uniqueKeys: true, strict: true, lineCounter: lines });
  const place = createPositions(front);
  const at = (offset: number, path: string, message: string): Problem => {
    const { line, column } = place(offset);
    return { file, line: line + linesBefore, column, path, message };
  };
  const syntax = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
    at(pos[0], "", SAID[code] ?? firstLine(message)),
  );
  if (syntax.length > 0) return { problems: syntax.slice(0, MAX_PROBLEMS) };
  const value = plainValue(document);
  if (value === undefined) return { problems: [at(0, "", "anchors and aliases (& and *) are not taken")] };
  if (typeof value !== "object" || Array.isArray(value))
    return { problems: [at(0, "", "expected fields as `name: value`")] };
  const instructions = body.trim();
  const offsetOf = (path: readonly PropertyKey[]) => nodeAt(document, path)?.range?.[0] ?? 0;
  if (value !== null && Object.hasOwn(value, "instructions")) {
    return {
      problems: [
        at(offsetOf(["instructions"]), "instructions", "stands below the front matter, as the text of the file"),
      ],
    };
  }
  const checked = checkValues(Role, { ...value, ...(instructions !== "" && { instructions }) });
  if (checked.ok) return { role: checked.settings };
  const wrong = checked.wrong.slice(0, MAX_PROBLEMS).map(({ path, message, hint }) => ({
    ...at(offsetOf(path), pathText(path), message),
    ...(hint !== undefined && { hint }),
  }));
  return { problems: wrong };
}

/** Undefined for what refers to another part of itself: that could stand for much more than was read. */
function plainValue(document: Document): object | null | string | number | undefined {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    // The one thing that it throws for.
    return undefined;
  }
}

/** Where it stands, or what is around the place where it is missing. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    if (isScalar(pair?.key)) return pair.key;
    const found = document.getIn(path.slice(0, length), true);
    if (found !== undefined && found !== null) return found as Node;
  }
  return undefined;
}

const SAID: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this name stands here twice",
  TAG_RESOLVE_FAILED: "tags (!) are not taken",
  TAB_AS_INDENT: "indent with spaces, not with tabs",
  BAD_INDENT: "this line is not indented as the one before it needs",
  MULTIPLE_DOCS: "only one document is taken",
};

/** What the parser says goes on with the text around it, which may be a secret. */
function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "").trim() || "this is not valid YAML";
}
