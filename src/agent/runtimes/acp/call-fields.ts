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

/** What is asked for, whole: the tool's input where it is told, with what is to be seen of it where it is not. */
export function inputOf(call: Fields): unknown {
  const { rawInput, title, content, locations } = call;
  if (isFields(rawInput) && Object.keys(rawInput).length > 0) return rawInput;
  const diffs = list(content).filter((part) => isFields(part) && part.type === "diff");
  return {
    title: title ?? null,
    ...(diffs.length > 0 && { content: diffs }),
    ...(list(locations).length > 0 && { locations }),
  };
}

export function whyOf({ content }: Fields): string | null {
  const said = list(content).flatMap((part) => text(fields(fields(part).content).text, 500) ?? []);
  return said[0] ?? null;
}

/** As agents call a file in what they give a tool. */
const PATH_NAMES = ["path", "file_path", "filePath", "filepath", "fileName", "file"] as const;

/** All that it names anywhere: one that lies outside is enough for it to be asked. */
export function pathsOf({ locations, content, rawInput }: Fields): string[] {
  const named = (value: unknown) => PATH_NAMES.flatMap((name) => text(fields(value)[name]) ?? []);
  const found = [
    ...list(locations).flatMap(named),
    ...list(content).flatMap(named),
    ...named(rawInput),
    ...list(fields(rawInput).files).flatMap(named),
  ];
  return [...new Set(found)];
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
