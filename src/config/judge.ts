/** Holds the tree of a file that a person wrote against a schema: the value that it means, or everything that is wrong with it at its place. */
import { findNodeAtLocation, type JSONPath, type Node } from "jsonc-parser";
import type * as z from "zod";
import type { ParsedText } from "./jsonc.ts";
import { checkKeys } from "./known-keys.ts";
import { createPositions, type Fault, type Problem, pathText } from "./problem.ts";
import { checkValues, type WrongValue } from "./wrong-values.ts";

/** Most problems told of one file. */
export const MAX_PROBLEMS = 100;

export type Judged<T> =
  | { readonly ok: true; readonly value: T; readonly root: Node }
  | {
      readonly ok: false;
      readonly faults: readonly Fault[];
      /** What it says, without names that are unknown, where at least its syntax is right: for whoever can tell more of it. */
      readonly said?: { readonly value: unknown; readonly root: Node };
    };

export function judge<T>({ root, faults: syntax, certainUntil }: ParsedText, schema: z.ZodType<T>): Judged<T> {
  if (!root) return { ok: false, faults: syntax };
  const keys = checkKeys(root, schema);
  const values = checkValues(schema, keys.value);
  const wrong = values.ok ? [] : values.wrong.slice(0, MAX_PROBLEMS + 1);
  const meaning = [
    ...keys.faults,
    ...wrong.filter((value) => !keys.meant.has(pathText(value.path))).map((value) => locate(value, root)),
  ];
  const faults = [...syntax, ...meaning.filter(({ end }) => end <= certainUntil)];
  if (values.ok && faults.length === 0) return { ok: true, value: values.settings, root };
  return { ok: false, faults, ...(syntax.length === 0 && { said: { value: keys.value, root } }) };
}

/** A wrong value stands at itself, a wrong name at the name, a missing one where the object that lacks it begins. */
export function locate({ path, message, hint, isName }: WrongValue, root: Node): Fault {
  const found = findNodeAtLocation(root, path as JSONPath);
  const node = found ? (isName && found.parent?.children?.[0]) || found : nearest(root, path);
  const fault = { offset: node.offset, end: node.offset + node.length, path, message };
  return hint === undefined ? fault : { ...fault, hint };
}

function nearest(root: Node, path: readonly PropertyKey[]): Node {
  if (path.length === 0) return root;
  return findNodeAtLocation(root, path.slice(0, -1) as JSONPath) ?? nearest(root, path.slice(0, -1));
}

export function problemsOf(faults: readonly Fault[], text: string, file: string): Problem[] {
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
