/** What the protocol tells of a tool call, in whatever update or question it does. */
import { type Fields, fields, isFields, list, text } from "../json-line.ts";

/** Longest id of a call, in characters: with what tells its questions apart it is the key of an approval. */
export const MAX_CALL_ID = 150;

/** Longest name of a tool, in characters: it stands in tables. */
const MAX_NAME = 150;

/** The protocol tells no name of a tool: what kind it is, or its title. */
export function nameOf(call: Fields): string {
  const kind = text(call.kind, 50);
  return kind === null || kind === "other" ? (text(call.title, MAX_NAME) ?? "other") : kind;
}

const TELLING = ["kind", "title", "rawInput", "content", "locations"] as const;

/** What is told later counts; what it leaves out, or leaves empty, is as it was told before. */
export function merged(before: Fields, call: Fields): Fields {
  const said = TELLING.flatMap((name) => (isSaid(call[name]) ? [[name, call[name]] as const] : []));
  return { ...before, ...Object.fromEntries(said) };
}

/** A tool's input may be any JSON. */
export function isSaid(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "";
  if (typeof value === "object") return value !== null && Object.keys(value).length > 0;
  return value !== undefined;
}

/** Its content has words or changes that somebody can read. */
export function isShown(call: Fields): boolean {
  return whyOf(call) !== null || diffsOf(call).length > 0;
}

function diffsOf({ content }: Fields): readonly unknown[] {
  return list(content).filter((part) => isFields(part) && part.type === "diff");
}

/** The tool's input where it is told, with what is to be seen of it where it is not. */
export function inputOf(call: Fields): unknown {
  const { rawInput, title, locations } = call;
  if (isSaid(rawInput)) return rawInput;
  const diffs = diffsOf(call);
  return {
    title: title ?? null,
    ...(diffs.length > 0 && { content: diffs }),
    ...(list(locations).length > 0 && { locations }),
  };
}

/**
 * What is asked for, whole: the input that the question tells, else all that is known of its call. An input that was told
 * earlier may be another one's, so it does not stand alone.
 */
export function askedInput(call: Fields, { title, rawInput, content, locations }: Fields): unknown {
  if (isSaid(call.rawInput)) return call.rawInput;
  return {
    title: title ?? null,
    ...(isSaid(rawInput) && { rawInput }),
    ...(isSaid(content) && { content }),
    ...(isSaid(locations) && { locations }),
  };
}

export function whyOf({ content }: Fields): string | null {
  const said = list(content).flatMap((part) => text(fields(fields(part).content).text, 500) ?? []);
  return said[0] ?? null;
}

/** As agents call a file, in what they give a tool or anywhere else; and what stands in one is none. */
const PATH_NAME = /path|file|dest|target|dir|uri/i;
const NO_PATH_NAME = /text|content|diff|type/i;

/** All that it names anywhere, in a patch too: one that lies outside is enough for it to be asked. */
export function pathsOf({ locations, content, rawInput }: Fields): string[] {
  const named = [locations, content, rawInput].flatMap((value) => pathsIn(value, false));
  // Where nothing but a patch says what would be changed, its heads are not taken for all of it.
  return named.length === 0 ? [] : [...new Set([...named, ...textsIn(rawInput).flatMap(patchedIn)])];
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Object.values(Array.isArray(value) ? value : fields(value)).flatMap(textsIn);
}

/** Heads of a patch as git(1), diff(1) and models write them. */
const PATCH_HEAD =
  /^[ \t]*(?:\*\*\* (?:Add|Update|Delete) File:|\*\*\* Move to:|\+\+\+ |--- |rename (?:from|to) |copy to |diff --git )(.*)$/gm;

/** What a patch changes, as far as its heads tell it: with the `a/` of git and without. A name in quotes could be any. */
function patchedIn(said: string): string[] {
  return [...said.matchAll(PATCH_HEAD)].flatMap(([head, rest = ""]) => {
    const path = rest.replace(/\t.*$/, "").trim();
    if (path === "/dev/null" || path === "") return [];
    if (path.includes('"')) return ["/"];
    // Two names in one line, of which the second says what is written: with a blank in them nobody can part them.
    if (head.trimStart().startsWith("diff --git"))
      return path.split(" ").length === 2 ? path.split(" ").flatMap(plainOf) : ["/"];
    return plainOf(path);
  });
}

function plainOf(path: string): string[] {
  const isPrefixed = path.startsWith("a/") || path.startsWith("b/");
  return isPrefixed ? [placeOf(path), placeOf(path.slice(2))] : [placeOf(path)];
}

function pathsIn(value: unknown, isNamed: boolean): string[] {
  if (typeof value === "string") return isNamed && value !== "" ? [placeOf(value)] : [];
  if (Array.isArray(value)) return value.flatMap((each) => pathsIn(each, isNamed));
  return Object.entries(fields(value)).flatMap(([name, each]) => [
    // Changes may stand under the path of what they change.
    ...(/[/\\]/.test(name) ? [placeOf(name)] : []),
    ...pathsIn(each, (isNamed || PATH_NAME.test(name)) && !NO_PATH_NAME.test(name)),
  ]);
}

/** An address is no path of the workspace, whatever it would be as one. */
function placeOf(value: string): string {
  return /^[a-z][a-z\d+.-]*:/i.test(value) ? `/${value}` : value;
}

/** Its content, or what is most like text in its raw output. */
export function outputOf({ content, rawOutput }: Fields): string | null {
  const parts = list(content).flatMap((part) => {
    const { type, content: inner, path } = fields(part);
    if (type === "diff") return text(path) ?? [];
    return text(fields(inner).text) ?? [];
  });
  if (parts.length > 0) return parts.join("\n");
  if (typeof rawOutput === "string") return rawOutput;
  if (!isFields(rawOutput)) return null;
  return text(rawOutput.output) ?? text(rawOutput.content) ?? text(rawOutput.message) ?? text(rawOutput.error);
}
