/** What callers see of workflows: their inputs, their tasks, and on which level each task stands. */
import * as z from "zod";
import { Json } from "../../core/json.ts";
import { NEED_POLICIES } from "../task.ts";
import { graphOf } from "./check.ts";
import type { FoundWorkflow } from "./files.ts";
import { type Graph, levelsOf } from "./graph.ts";
import type { Planned } from "./plan.ts";
import { isRequired, type Workflow } from "./workflow.ts";

export const ProblemView = z.object({
  file: z.string(),
  line: z.int().describe("From 1; 0 is the file as a whole."),
  column: z.int(),
  path: z.string().describe("What it is about: `tasks.build.needs[0]`."),
  message: z.string(),
  hint: z.string().optional(),
});

const InputView = z.object({
  name: z.string(),
  type: z.enum(["text", "number", "boolean", "choice", "list"]),
  required: z.boolean(),
  default: z.unknown().optional(),
  choices: z.array(z.string()).optional(),
  summary: z.string().nullable(),
});

export const WorkflowSummary = z.object({
  name: z.string(),
  summary: z.string(),
  file: z.string(),
  version: z.string().describe("SHA-256 of the file."),
  inputs: z.array(InputView),
});

const policy = z.enum(NEED_POLICIES);

export const TaskOfWorkflow = z.object({
  id: z.string(),
  level: z.int().describe("From 1: what needs nothing, then what needs only that, and so on."),
  needs: z.array(z.object({ id: z.string(), policy })),
  each: z.string().nullable().describe("The input of whose items there is one task each."),
  prompt: z.string(),
  title: z.string().nullable(),
  role: z.string(),
  agent: z.string().nullable(),
  priority: z.int(),
  cwd: z.string().nullable(),
  workspace: z.string().nullable(),
  attempts: z.int().nullable(),
  timeoutSeconds: z.int().nullable(),
  data: Json,
});
type TaskOfWorkflow = z.input<typeof TaskOfWorkflow>;

export function summaryView({ workflow, file, version }: FoundWorkflow): z.input<typeof WorkflowSummary> {
  const inputs = Object.entries(workflow.inputs).map(([name, input]) => ({
    name,
    type: input.type,
    required: isRequired(input),
    ...(input.default !== undefined && { default: input.default }),
    ...(input.type === "choice" && { choices: input.choices }),
    summary: input.summary ?? null,
  }));
  return { name: workflow.name, summary: workflow.summary, file, version, inputs };
}

/** As they stand in the file, sorted by level. */
export function templateTasks({ tasks }: Workflow): TaskOfWorkflow[] {
  return byLevel(graphOf(tasks), (id) => {
    const task = tasks[id];
    if (!task) return undefined;
    const { each, needs, ...rest } = task;
    return { ...fields(rest), each: each ?? null, needs: needs.map(({ taskId, policy }) => ({ id: taskId, policy })) };
  });
}

/** With everything put in, sorted by level. */
export function plannedTasks(plan: readonly Planned[]): TaskOfWorkflow[] {
  const byId = new Map(plan.map((one) => [one.id, one]));
  const graph = new Map(plan.map(({ id, needs }) => [id, needs.map((need) => need.id)]));
  return byLevel(graph, (id) => {
    const one = byId.get(id);
    return one && { ...fields(one.task), each: null, needs: [...one.needs] };
  });
}

function fields(task: Omit<Workflow["tasks"][string], "each" | "needs">) {
  return {
    prompt: task.prompt,
    title: task.title ?? null,
    role: task.role,
    agent: task.agent ?? null,
    priority: task.priority,
    cwd: task.cwd ?? null,
    workspace: task.workspace ?? null,
    attempts: task.attempts ?? null,
    timeoutSeconds: task.timeoutSeconds ?? null,
    data: task.data ?? null,
  };
}

function byLevel(
  graph: Graph,
  view: (id: string) => Omit<TaskOfWorkflow, "id" | "level"> | undefined,
): TaskOfWorkflow[] {
  return levelsOf(graph).flatMap((ids, at) =>
    ids.flatMap((id) => {
      const task = view(id);
      return task ? [{ id, level: at + 1, ...task }] : [];
    }),
  );
}
