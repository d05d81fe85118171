/** The input of a tool in a few words: the command, the file, what is looked for. Not yet safe to show. */
import { isShallow } from "../core/json.ts";

/** What says most of a tool's input, in the words of the agents that there are. The first that is there is shown. */
const TELLING = [
  "command",
  "cmd",
  "file_path",
  "filePath",
  "path",
  "pattern",
  "query",
  "url",
  "description",
  "prompt",
  "title",
] as const;

/** More of it is not looked at, in characters. */
const LOOKED_AT = 2_000;

/** One line, empty when there is nothing to say. */
export function shortInput(input: unknown): string {
  return inWords(input).slice(0, LOOKED_AT).toWellFormed().replace(/\s+/g, " ").trim();
}

function inWords(input: unknown): string {
  if (input === null || input === undefined) return "";
  if (typeof input !== "object") return String(input);
  if (Array.isArray(input)) return input.every((part) => typeof part === "string") ? input.join(" ") : plain(input);
  const fields = input as Readonly<Record<string, unknown>>;
  const telling = TELLING.find((name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return (typeof value === "string" && value.trim() !== "") || (Array.isArray(value) && value.length > 0);
  });
  if (telling !== undefined) return inWords(fields[telling]);
  return Object.keys(fields).length === 0 ? "" : plain(fields);
}

function plain(value: object): string {
  return isShallow(value) ? JSON.stringify(value).slice(0, LOOKED_AT) : "(deeply nested)";
}
