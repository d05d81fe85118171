/** Whether a queue file may be replaced: by the same queue, further on, and where nothing in it would be lost. */
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import { firstNotUtf8 } from "../../config/utf8.ts";
import { MAX_FILE_BYTES, scan, type TwiceNamed } from "../../task/sprint-queue/scan.ts";
import { refusalFailure, usageFailure } from "../failure.ts";

/** Throws a `Failure` that says what would be lost. */
export function checkSameQueue(file: string, text: string): void {
  const there = queueIn(file, textIn(file));
  const ours = idsIn(JSON.parse(text));
  if (there === undefined) throw other(`${file} is no sprint queue.`);
  if (there.sprint !== ours.sprint)
    throw other(`${file} is another queue: ${there.sprint ?? "one without a sprint_id"}.`);
  const unknown = [...there.ids].filter((id) => !ours.ids.has(id));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, 5).join(", ");
  throw other(`${file} has ${unknown.length} tasks that would be lost: ${named}.`);
}

function other(message: string): Error {
  const hint = "Give another file, import what is in this one first, or say --force.";
  return refusalFailure({ code: "conflict", message, hint });
}

function textIn(file: string): string {
  const bytes = bytesOf(file);
  const wrong = firstNotUtf8(bytes);
  if (!wrong) return bytes.toString("utf8").replace(/^\ufeff/, "");
  throw refusalFailure({
    code: "conflict",
    message: `${file}:${wrong.line}:${wrong.column} is not UTF-8 (byte ${wrong.byte}): what it says would be lost.`,
    hint: "Save it as UTF-8, give another file, or say --force.",
  });
}

function bytesOf(file: string): Buffer {
  try {
    return readBoundedFile(file, MAX_FILE_BYTES);
  } catch (error) {
    throw usageFailure(`${file} ${readFailure(error)}.`, "Give the path of a queue file.");
  }
}

interface Ids {
  readonly sprint: string | undefined;
  readonly ids: ReadonlySet<string>;
}

function queueIn(file: string, text: string): Ids | undefined {
  const queue = parsed(text) as { tasks?: unknown } | null | undefined;
  if (typeof queue !== "object" || queue === null || !Array.isArray(queue.tasks)) return undefined;
  let twice: TwiceNamed | undefined;
  const tooDeep = scan(text, {
    twice: (found) => {
      twice ??= found;
    },
  });
  if (tooDeep) return undefined;
  if (!twice) return idsIn(queue);
  const { name, line, column } = twice;
  throw other(`${file}:${line}:${column} has ${JSON.stringify(name)} for the second time: the first would be lost.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no queue: there is nothing else to be said of it.
    return undefined;
  }
}

/** Of all tasks, nested ones too. */
function idsIn(queue: unknown): Ids {
  const { sprint_id, tasks } = queue as { sprint_id?: unknown; tasks?: unknown };
  const ids = new Set<string>();
  const open = [tasks];
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    if (!Array.isArray(list)) continue;
    for (const task of list) {
      if (typeof task !== "object" || task === null) continue;
      if (task.id !== undefined && task.id !== null) ids.add(String(task.id));
      if (Array.isArray(task.subtasks)) open.push(task.subtasks);
    }
  }
  return { sprint: typeof sprint_id === "string" ? sprint_id : undefined, ids };
}
