/** Finds every task in the file, nested ones too, and gives each the key by which others name it. */
import { parseId } from "../../core/ids.ts";
import { refuse } from "../../core/refusal.ts";
import { isObject, type JsonObject } from "./json.ts";
import { type Notes, type Place, quoted } from "./report.ts";

const MAX_TASKS = 10_000;

/** Levels of subtasks below a task. Real queues have one. */
const MAX_NESTING = 8;

const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** As it stood in the file. Subtasks that were read are not repeated: an empty list marks where they stood. */
export interface SprintSource {
  /** `tasks[3].subtasks[0]`: also tells in which task it was nested. */
  readonly at: string;
  readonly fields: unknown;
}

export interface QueueEntry {
  readonly key: string;
  readonly at: string;
  readonly fields: JsonObject;
  /** The key of the task whose `subtasks` held it. */
  readonly nestedIn: string | null;
}

export interface FoundEntries {
  /** In file order, a parent before what it holds. */
  readonly entries: QueueEntry[];
  /** What could not become a task, whole, each with a warning. */
  readonly leftOut: SprintSource[];
}

export function findEntries(tasks: readonly unknown[], notes: Notes): FoundEntries {
  const entries: QueueEntry[] = [];
  const leftOut: SprintSource[] = [];
  const places = new Map<string, string>();

  const leaveOut = (place: Place, at: string, fields: unknown, why: string) => {
    notes.warn(place, why);
    leftOut.push({ at, fields });
  };
  const addAll = (list: readonly unknown[], path: string, nestedIn: string | null, level: number) => {
    for (const [index, raw] of list.entries()) {
      const at = `${path}[${index}]`;
      if (entries.length + leftOut.length >= MAX_TASKS) tooMany();
      if (!isObject(raw)) leaveOut({ task: nestedIn, field: null, at }, at, raw, `left out: ${quoted(raw)} is no task`);
      else if (level > MAX_NESTING) leaveOut({ task: nestedIn, field: null, at }, at, raw, TOO_DEEP);
      else add(raw, at, nestedIn, level);
    }
  };
  const add = (raw: JsonObject, at: string, nestedIn: string | null, level: number) => {
    const { key, problem } = readKey(raw.id, at, notes);
    const { fields, subtasks } = withoutSubtasks(
      raw,
      { task: key ?? null, field: "subtasks", at: `${at}.subtasks` },
      notes,
    );
    const place = { task: key ?? null, field: "id", at: `${at}.id` };
    const first = key === undefined ? undefined : places.get(key);
    if (key === undefined) leaveOut(place, at, fields, `left out: ${problem}${orphans(subtasks)}`);
    else if (first !== undefined) leaveOut(place, at, fields, `left out: the id ${key} is taken by ${first}`);
    else {
      places.set(key, at);
      entries.push({ key, at, fields, nestedIn });
    }
    addAll(subtasks, `${at}.subtasks`, key ?? null, level + 1);
  };

  addAll(tasks, "tasks", null, 0);
  return { entries, leftOut };
}

const TOO_DEEP = `left out: nested deeper than ${MAX_NESTING} levels`;

function tooMany(): never {
  refuse("too_large", `The queue has more than ${MAX_TASKS} tasks.`, { data: { limit: MAX_TASKS } });
}

function withoutSubtasks(raw: JsonObject, place: Place, notes: Notes) {
  const { subtasks } = raw;
  if (Array.isArray(subtasks)) {
    if (subtasks.length > 0) {
      notes.normalised(place, `${subtasks.length} nested subtasks are read as tasks of their own`);
    }
    return { fields: { ...raw, subtasks: [] }, subtasks };
  }
  if (subtasks !== undefined && subtasks !== null) {
    notes.warn(place, `subtasks is ${quoted(subtasks)}, not a list: nothing was read from it`);
  }
  return { fields: raw, subtasks: [] };
}

function orphans(subtasks: readonly unknown[]): string {
  return subtasks.length === 0 ? "" : `; its ${subtasks.length} subtasks are read without a parent`;
}

function readKey(id: unknown, at: string, notes: Notes): { key?: string; problem?: string } {
  if (id === undefined || id === null) return { problem: "it has no id" };
  if (typeof id !== "string" && typeof id !== "number") return { problem: `its id is ${quoted(id)}, not text` };
  const key = String(id).trim();
  if (!KEY.test(key)) {
    return {
      problem: `the id ${quoted(key)} is not 1 to 128 letters, digits, . _ - that begin with a letter or digit`,
    };
  }
  if (parseId("task", key) !== undefined || parseId("run", key) !== undefined) {
    return { problem: `the id ${quoted(key)} looks like one of Steward's own ids` };
  }
  if (key !== id) {
    notes.normalised({ task: key, field: "id", at: `${at}.id` }, `the id ${quoted(id)} is read as "${key}"`);
  }
  return { key };
}
