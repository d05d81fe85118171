/** Gives the sources of what was read the numbers of the file: those that a double cannot hold, or is written differently. */
import type { SprintSource } from "./entries.ts";
import { isObject, type JsonObject } from "./json.ts";
import { parseAsWritten, valueAt } from "./style.ts";

export interface Sources {
  readonly header: JsonObject;
  readonly leftOut: readonly SprintSource[];
  readonly tasks: readonly { readonly source: SprintSource }[];
}

export function asWritten<Read extends Sources>(read: Read, text: string): Read {
  const root = parseAsWritten(text.replace(/^\uFEFF/, ""));
  if (!isObject(root)) return read;
  const { tasks: _, ...header } = root;
  return {
    ...read,
    header,
    leftOut: read.leftOut.map((source) => exact(source, root)),
    tasks: read.tasks.map((task) => ({ ...task, source: exact(task.source, root) })),
  };
}

/** Where subtasks were read for themselves, the list that marks their place stays empty. */
function exact({ at, fields }: SprintSource, root: JsonObject): SprintSource {
  const whole = valueAt(root, at);
  const isMarked = isObject(fields) && Array.isArray(fields.subtasks) && fields.subtasks.length === 0;
  return { at, fields: isObject(whole) && isMarked ? { ...whole, subtasks: [] } : whole };
}
