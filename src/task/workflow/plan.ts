/** What starting a workflow would submit: its tasks with everything put in, in the order of what they need. */
import type { Limits } from "../../config/limits.ts";
import { faultsOf } from "../../core/plain-words.ts";
import { refuse } from "../../core/refusal.ts";
import { checkSizes } from "../task.service.ts";
import { type NeedPolicy, NewTask, titleFrom } from "../task.ts";
import { inOrder } from "./graph.ts";
import type { Values } from "./inputs.ts";
import { filled, mapTexts } from "./placeholder.ts";
import { MAX_TASKS, type Workflow, type WorkflowTask } from "./workflow.ts";

/** Most needs that the tasks of one start may have together. */
const MAX_NEEDS = 10_000;

/** Most text that the tasks of one start may have together, in characters. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

export interface Planned {
  /** As in the file; of an `each` with the number of the item: `port.2`. */
  readonly id: string;
  /** Its needs are told apart: they are of this start. */
  readonly task: NewTask;
  readonly needs: readonly { readonly id: string; readonly policy: NeedPolicy }[];
}

export interface PlanOptions {
  /** For tasks that name no directory of their own. */
  readonly cwd: string | undefined;
  /** Of this start: its tasks are called KEY/ID. */
  readonly key: string | undefined;
  readonly limits: Limits;
}

export function planOf(workflow: Workflow, values: Values, options: PlanOptions): Planned[] {
  const copies = copiesOf(workflow, values);
  const left = { characters: MAX_CHARACTERS };
  const planned = new Map<string, Planned>();
  let needs = 0;
  for (const [name, task] of Object.entries(workflow.tasks)) {
    for (const { id, item } of copies.get(name) ?? []) {
      const one = { id, task: filledTask(id, task, { values, item, left, options }), needs: needsOf(task, copies) };
      planned.set(id, one);
      needs += one.needs.length;
      const ofTask = one.needs.map((need) => ({ taskId: need.id, policy: need.policy }));
      checkSizes({ ...one.task, needs: ofTask }, options.limits, `tasks.${id}.`);
      if (needs > MAX_NEEDS) refuse("too_large", `The tasks of ${workflow.name} have more than ${MAX_NEEDS} needs.`);
    }
  }
  if (planned.size === 0) refuse("invalid_input", `Nothing is left of ${workflow.name}: every list is empty.`);
  const order = inOrder(new Map([...planned].map(([id, one]) => [id, one.needs.map((need) => need.id)])));
  return order.flatMap((id) => planned.get(id) ?? []);
}

interface Copy {
  readonly id: string;
  readonly item: string | undefined;
}

/** By the task of the file: what becomes of it, one of each item where it says `each`. */
function copiesOf({ name, tasks }: Workflow, values: Values): Map<string, readonly Copy[]> {
  const copies = new Map<string, readonly Copy[]>();
  let count = 0;
  for (const [id, { each }] of Object.entries(tasks)) {
    const items = each === undefined ? undefined : [...(values.get(each) ?? [])];
    copies.set(id, items?.map((item, at) => ({ id: `${id}.${at + 1}`, item })) ?? [{ id, item: undefined }]);
    count += items?.length ?? 1;
    if (count > MAX_TASKS) refuse("too_large", `${name} would submit more than ${MAX_TASKS} tasks.`);
  }
  return copies;
}

function needsOf({ needs }: WorkflowTask, copies: ReadonlyMap<string, readonly Copy[]>): Planned["needs"] {
  return needs.flatMap(({ taskId, policy }) => (copies.get(taskId) ?? []).map(({ id }) => ({ id, policy })));
}

interface Filling {
  readonly values: Values;
  readonly item: string | undefined;
  readonly left: { characters: number };
  readonly options: PlanOptions;
}

function filledTask(id: string, template: WorkflowTask, { values, item, left, options }: Filling): NewTask {
  const { each: _, needs: __, prompt, title, cwd, data, ...plain } = template;
  const { key, limits } = options;
  const fill = (text: string): string => {
    const full = filled(text, (place) => textAt(place, values, item), left.characters);
    if (full === undefined) refuse("too_large", `The texts of all tasks have more than ${MAX_CHARACTERS} characters.`);
    left.characters -= full.length;
    return full;
  };
  const task = {
    ...plain,
    prompt: fill(prompt),
    // What is put in may have any length: a title is cut, where a prompt would be refused.
    ...(title !== undefined && { title: titleFrom(fill(title), limits.titleCharacters) }),
    cwd: cwd === undefined ? options.cwd : fill(cwd),
    ...(data !== undefined && { data: mapTexts(data, fill) }),
    ...(key !== undefined && { key: `${key}/${id}` }),
  };
  const read = faultsOf(NewTask, task);
  if ("faults" in read) {
    const fields = read.faults.map(({ field, problem }) => ({ field: `tasks.${id}.${field}`, problem }));
    refuse("invalid_input", fields.map(({ field, problem }) => `${field}: ${problem}`).join("; "), {
      data: { fields },
    });
  }
  return read.value;
}

function textAt(place: string, values: Values, item: string | undefined): string {
  const value = place === "item" ? item : values.get(place.slice("inputs.".length));
  if (value === undefined) throw new Error(`nothing is known of {{${place}}}, which was checked`);
  return typeof value === "string" ? value : value.join(", ");
}
