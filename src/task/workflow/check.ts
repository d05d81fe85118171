/** What a schema cannot say of a workflow: inputs that contradict themselves, places for nothing, needs of nothing, circles. */
import { MAX_PROBLEMS } from "../../config/judge.ts";
import { closest, didYouMean } from "../../config/suggest.ts";
import { circleIn, type Graph } from "./graph.ts";
import { straysOf, textsIn } from "./placeholder.ts";
import type { Workflow, WorkflowInput, WorkflowTask } from "./workflow.ts";

type Definition = Pick<Workflow, "inputs" | "tasks">;

export interface Wrong {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
  /** The words that are meant, within the text at the path. */
  readonly written?: string;
}

export function wrongIn({ inputs, tasks }: Definition): Wrong[] {
  return [
    ...Object.entries(inputs).flatMap(([name, input]) => wrongInput(input, ["inputs", name])),
    ...Object.entries(tasks).flatMap(([id, task]) => [...wrongTexts(id, task, inputs), ...wrongNeeds(id, task, tasks)]),
    ...wrongCircle(tasks),
  ].slice(0, MAX_PROBLEMS + 1);
}

/** By task: which others it needs. */
export function graphOf(tasks: Workflow["tasks"]): Graph {
  const needsOf = ([id, { needs }]: [string, WorkflowTask]) =>
    [id, needs.map(({ taskId }) => taskId).filter((need) => need !== id)] as const;
  return new Map(Object.entries(tasks).map(needsOf));
}

/** Most choices that are named. */
const SHOWN_CHOICES = 10;

function wrongInput(input: WorkflowInput, path: readonly string[]): Wrong[] {
  const wrong: Wrong[] = [];
  if (input.required === true && input.default !== undefined) {
    wrong.push({
      path: [...path, "required"],
      message: "an input with a default need not be given",
      hint: "leave one of the two out",
    });
  }
  if (input.type === "choice" && input.default !== undefined && !input.choices.includes(input.default)) {
    wrong.push({
      path: [...path, "default"],
      message: "is not one of the choices",
      hint:
        suggest(input.default, input.choices).hint ?? `they are ${input.choices.slice(0, SHOWN_CHOICES).join(", ")}`,
    });
  }
  return wrong;
}

const HOW = "a place is {{inputs.NAME}}; write {{{{ for a {{ that means nothing";

function wrongTexts(id: string, task: WorkflowTask, inputs: Workflow["inputs"]): Wrong[] {
  const above = ["tasks", id];
  const wrong: Wrong[] = [];
  const list = task.each === undefined ? undefined : inputs[task.each];
  if (task.each !== undefined && list?.type !== "list") {
    const lists = Object.keys(inputs).filter((name) => inputs[name]?.type === "list");
    const message = list ? "this input is no list" : "there is no such input";
    wrong.push({ path: [...above, "each"], message, ...suggest(task.each, lists) });
  }
  const isKnown = (place: string) =>
    place === "item" ? task.each !== undefined : Object.hasOwn(inputs, place.slice("inputs.".length));
  const { prompt, title, cwd, data } = task;
  const texts = Object.entries({ prompt, title, cwd, data }).flatMap(([field, value]) =>
    textsIn(value, [...above, field]),
  );
  for (const { path, text } of texts) {
    for (const { written, name } of straysOf(text, isKnown)) {
      wrong.push({ path, written, ...sayStray(name, inputs) });
    }
  }
  return wrong;
}

function sayStray(name: string | undefined, inputs: Workflow["inputs"]): Pick<Wrong, "message" | "hint"> {
  if (name === undefined) return { message: "this {{ begins no place that is known", hint: HOW };
  if (name === "item")
    return { message: "{{item}} is only there in a task with each", hint: "each: INPUT names a list" };
  const input = name.slice("inputs.".length);
  return { message: `there is no input ${input}`, ...suggest(input, Object.keys(inputs)) };
}

function wrongNeeds(id: string, { needs }: WorkflowTask, tasks: Workflow["tasks"]): Wrong[] {
  return needs.flatMap(({ taskId }, at): Wrong[] => {
    const path = ["tasks", id, "needs", at];
    if (taskId === id) return [{ path, message: "a task cannot need itself", hint: "leave it out" }];
    if (Object.hasOwn(tasks, taskId)) return [];
    const others = Object.keys(tasks).filter((other) => other !== id);
    return [{ path, message: "there is no such task in this workflow", ...suggest(taskId, others) }];
  });
}

/** Most tasks of a circle that are named. */
const SHOWN_TASKS = 20;

function wrongCircle(tasks: Workflow["tasks"]): Wrong[] {
  const circle = circleIn(graphOf(tasks));
  const [first] = circle ?? [];
  if (!circle || first === undefined) return [];
  const shown = circle.length > SHOWN_TASKS ? [...circle.slice(0, SHOWN_TASKS), "…"] : circle;
  const message = `needs close a circle: ${shown.join(" → ")}`;
  return [{ path: ["tasks", first, "needs"], message, hint: "one of them has to go without" }];
}

function suggest(word: string, known: readonly string[]): { hint?: string } {
  const meant = closest(word, known);
  return meant === undefined ? {} : { hint: didYouMean(meant) };
}
