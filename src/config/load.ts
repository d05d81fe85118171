/** Reads the settings file whole: either settings that fit every room, or everything that is wrong with it at once. */
import { composeSchema } from "./compose.ts";
import { digestOf } from "./digest.ts";
import type { Fragment, SettingsOf } from "./fragment.ts";
import { parseText } from "./jsonc.ts";
import { judge, locate, problemsOf } from "./judge.ts";
import { type Problem, pathText } from "./problem.ts";
import { readSettingsText } from "./settings-text.ts";
import type { WrongValue } from "./wrong-values.ts";

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
  const judged = judge<object>(parseText(text), composeSchema(fragments));
  return judged.ok ? loaded(judged.value, "file") : { ok: false, problems: problemsOf(judged.faults, text, path) };
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
