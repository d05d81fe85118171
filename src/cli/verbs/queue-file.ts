/** Puts a queue file in its place, whole or not at all; what is there already is only replaced by the same queue, further on. */
import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import { refusalFailure, unavailableFailure, usageFailure } from "../failure.ts";

/** A larger file is no queue that anybody could import. */
const QUEUE_FILE_BYTES = 8 * 1024 * 1024;

/** Throws a `Failure`: a link is never followed, and nothing that would be lost is replaced unless `force` says so. */
export function writeQueueFile(file: string, text: string, { force }: { readonly force: boolean }): void {
  const mode = modeOf(file);
  if (mode !== undefined && !force) checkSameQueue(file, text);
  const draft = `${file}.${process.pid}.new`;
  try {
    writeDraft(draft, text, mode ?? 0o644);
    renameSync(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // A draft of that name that was there before is somebody else's.
    if (code !== "EEXIST") rmSync(draft, { force: true });
    throw unavailableFailure(
      `${file} cannot be written (${code}).`,
      "See who owns its directory, and whether there is room.",
    );
  }
}

/** Undefined: nothing is there. */
function modeOf(file: string): number | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (stat.isSymbolicLink()) {
    throw usageFailure(`${file} is a link, and none is followed.`, "Give the path of the file itself.");
  }
  if (!stat.isFile()) throw usageFailure(`${file} is not a regular file.`, "Give the path of a queue file.");
  return stat.mode & 0o777;
}

function writeDraft(draft: string, text: string, mode: number): void {
  const fd = openSync(draft, "wx", mode);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function checkSameQueue(file: string, text: string): void {
  const there = queueIn(file);
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

interface Ids {
  readonly sprint: string | undefined;
  readonly ids: ReadonlySet<string>;
}

function queueIn(file: string): Ids | undefined {
  try {
    const queue = JSON.parse(readBoundedFile(file, QUEUE_FILE_BYTES).toString("utf8")) as unknown;
    const isQueue = typeof queue === "object" && queue !== null && Array.isArray((queue as { tasks?: unknown }).tasks);
    return isQueue ? idsIn(queue) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw usageFailure(`${file} ${readFailure(error)}.`, "Give the path of a queue file.");
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
