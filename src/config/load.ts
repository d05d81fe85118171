/** Reads the settings file whole: either settings that fit every room, or everything that is wrong with it at once. */
import { findNodeAtLocation, type JSONPath, type Node } from "jsonc-parser";
import { composeSchema } from "./compose.ts";
import { digestOf } from "./digest.ts";
import type { Fragment, SettingsOf } from "./fragment.ts";
import { parseText } from "./jsonc.ts";
import { checkKeys } from "./known-keys.ts";
import { createPositions, type Fault, type Problem, pathText } from "./problem.ts";
import { readSettingsText } from "./settings-text.ts";
import { checkValues, type WrongValue } from "./wrong-values.ts";

/** Most problems told of one file. */
export const MAX_PROBLEMS = 100;

export type Loaded<List extends readonly Fragment[]> =
  | {
      readonly ok: true;
      readonly settings: SettingsOf<List>;
      readonly source: "file" | "defaults";
      /** The same for settings that mean the same. */
      readonly digest: string;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A file that does not exist means the defaults. Never throws for anything that a file may hold. */
export function readSettings<const List extends readonly Fragment[]>(path: string, fragments: List): Loaded<List> {
  const read = readSettingsText(path);
  if ("problem" in read) return { ok: false, problems: [read.problem] };
  if ("missing" in read) return loaded(composeSchema(fragments).parse({}), "defaults");
  return settingsOf(read.text, path, fragments);
}

/** Of a text that was read by somebody else; `path` is what its problems name. */
export function settingsOf<const List extends readonly Fragment[]>(
  text: string,
  path: string,
  fragments: List,
): Loaded<List> {
  const checked = checkText(text, fragments);
  return checked.ok
    ? loaded(checked.settings, "file")
    : { ok: false, problems: problemsOf(checked.faults, text, path) };
}

function loaded<List extends readonly Fragment[]>(parsed: object, source: "file" | "defaults"): Loaded<List> {
  const { $schema: _, ...settings } = parsed as Record<string, unknown>;
  return { ok: true, settings: settings as SettingsOf<List>, source, digest: digestOf(settings) };
}

/** What only shows when a setting is used, at its place in the file as it is now. */
export function problemAt(file: string, wrong: Omit<WrongValue, "isName">): Problem {
  const read = readSettingsText(file);
  const root = "text" in read ? parseText(read.text).root : undefined;
  const [problem] =
    root && "text" in read ? problemsOf([locate({ ...wrong, isName: false }, root)], read.text, file) : [];
  return problem ?? { ...wrong, file, line: 0, column: 0, path: pathText(wrong.path) };
}

type CheckedText = { ok: true; settings: object } | { ok: false; faults: readonly Fault[] };

function checkText(text: string, fragments: readonly Fragment[]): CheckedText {
  const { root, faults: syntax, certainUntil } = parseText(text);
  if (!root) return { ok: false, faults: syntax };
  const schema = composeSchema(fragments);
  const keys = checkKeys(root, schema);
  const values = checkValues(schema, keys.value);
  const wrong = values.ok ? [] : values.wrong.slice(0, MAX_PROBLEMS + 1);
  const meaning = [
    ...keys.faults,
    ...wrong.filter((value) => !keys.meant.has(pathText(value.path))).map((value) => locate(value, root)),
  ];
  const faults = [...syntax, ...meaning.filter(({ end }) => end <= certainUntil)];
  return values.ok && faults.length === 0 ? { ok: true, settings: values.settings } : { ok: false, faults };
}

/** A wrong value stands at itself, a wrong name at the name, a missing one where the object that lacks it begins. */
function locate({ path, message, hint, isName }: WrongValue, root: Node): Fault {
  const found = findNodeAtLocation(root, path as JSONPath);
  const node = found ? (isName && found.parent?.children?.[0]) || found : nearest(root, path);
  const fault = { offset: node.offset, end: node.offset + node.length, path, message };
  return hint === undefined ? fault : { ...fault, hint };
}

function nearest(root: Node, path: readonly PropertyKey[]): Node {
  if (path.length === 0) return root;
  return findNodeAtLocation(root, path.slice(0, -1) as JSONPath) ?? nearest(root, path.slice(0, -1));
}

function problemsOf(faults: readonly Fault[], text: string, file: string): Problem[] {
  const place = createPositions(text);
  const sorted = [...faults].sort((a, b) => a.offset - b.offset);
  const problems = sorted.slice(0, MAX_PROBLEMS).map(({ offset, path, message, hint }): Problem => {
    const problem = { file, ...place(offset), path: pathText(path), message };
    return hint === undefined ? problem : { ...problem, hint };
  });
  const more = faults.length - problems.length;
  if (more > 0) problems.push({ file, line: 0, column: 0, path: "", message: `more than ${MAX_PROBLEMS} problems` });
  return problems;
}
