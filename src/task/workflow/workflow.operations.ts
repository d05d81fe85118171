/** The public door of workflows: see what there is, check it, start one. A workflow only submits. */
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { type Call, operation } from "../../core/operation.ts";
import { projectIdOf, projectNamed } from "../../project/project.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import { belongingOf } from "../belonging.ts";
import { directoryNotice, gatesNotice, refuseWithoutRepository } from "../directory.ts";
import type { TaskRoom } from "../task.operations.ts";
import { Name, PlainText } from "../task.ts";
import { ShownState } from "../task.view.ts";
import { checkWorkflow, findWorkflow, listWorkflows } from "./files.ts";
import { valuesOf } from "./inputs.ts";
import { type Planned, planOf } from "./plan.ts";
import { type Started, startedBefore, startWorkflow } from "./start.ts";
import { MAX_INPUTS, MAX_ITEMS, StartKey, WorkflowName } from "./workflow.ts";
import {
  ProblemView,
  plannedTasks,
  summaryView,
  TaskOfWorkflow,
  templateTasks,
  WorkflowSummary,
} from "./workflow.view.ts";

export interface WorkflowRoom extends TaskRoom {
  /** Where files of workflows lie. */
  readonly workflowDirectories: () => readonly string[];
}

const name = WorkflowName.describe("The workflow: the name of its file without the ending.");

export const list = operation({
  name: "workflow.list",
  summary: "List the workflows, and what is wrong with files that cannot be used.",
  effect: "read",
  scope: "read",
  rest: "GET /workflows",
  input: z.strictObject({}),
  output: z.object({
    workflows: z.array(WorkflowSummary),
    problems: z.array(ProblemView),
    directories: z.array(z.string()).describe("Where files of workflows lie."),
  }),
  refuses: [],
  example: {},
  handle: async ({ workflowDirectories }: WorkflowRoom) => {
    const directories = workflowDirectories();
    const { found, problems } = await listWorkflows(directories);
    return { workflows: found.map(summaryView), problems: [...problems], directories: [...directories] };
  },
});

export const get = operation({
  name: "workflow.get",
  summary: "Show a workflow: its inputs, its tasks, and what needs what.",
  effect: "read",
  scope: "read",
  rest: "GET /workflows/{name}",
  args: ["name"],
  input: z.strictObject({ name }),
  output: WorkflowSummary.extend({ tasks: z.array(TaskOfWorkflow) }),
  refuses: ["not_found", "conflict"],
  example: { name: "feature" },
  handle: async ({ workflowDirectories }: WorkflowRoom, input) => {
    const found = await findWorkflow(workflowDirectories(), input.name);
    return { ...summaryView(found), tasks: templateTasks(found.workflow) };
  },
});

export const check = operation({
  name: "workflow.check",
  summary: "Tell everything that is wrong with a workflow, each with its place.",
  effect: "read",
  scope: "read",
  rest: "GET /workflows/{name}/check",
  args: ["name"],
  input: z.strictObject({ name }),
  output: z.object({ file: z.string(), ok: z.boolean(), problems: z.array(ProblemView) }),
  refuses: ["not_found"],
  example: { name: "feature" },
  handle: async ({ workflowDirectories }: WorkflowRoom, input) => {
    const checked = await checkWorkflow(workflowDirectories(), input.name);
    const problems = "problems" in checked ? [...(checked.problems ?? [])] : [];
    return { file: checked.file, ok: problems.length === 0, problems };
  },
});

const Given = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).max(MAX_ITEMS)]))
  .refine((inputs) => Object.keys(inputs).length <= MAX_INPUTS, `may have ${MAX_INPUTS} inputs at most`);

const Run = z.strictObject({
  name,
  inputs: Given.default({}).describe('What it is given, by input: {"what": "dark mode"}.'),
  project: Name.optional().describe(
    "The project that its tasks belong to. Default: the innermost one of the settings in which `cwd` lies, else `default`.",
  ),
  key: StartKey.optional().describe(
    "Your own name for this start in its project: the same key again gives the same tasks and submits nothing. The tasks are called KEY/ID.",
  ),
  cwd: PlainText.regex(/^\//, "must be an absolute path")
    .max(4096)
    .optional()
    .describe("The directory for tasks that name none of their own. Default: their project's."),
  dryRun: z.boolean().default(false).describe("Submit nothing; only tell what would be."),
});

const Ran = z.object({
  name: z.string(),
  project: z.string().describe("To which the tasks belong."),
  version: z.string().describe("SHA-256 of the file that the tasks are of."),
  key: z.string().nullable(),
  dryRun: z.boolean(),
  created: z.boolean().describe("False when nothing was submitted: a dry run, or a key that was used."),
  tasks: z.array(z.object({ id: z.string(), taskId: z.string(), state: ShownState })),
  plan: z.array(TaskOfWorkflow).nullable().describe("With dryRun: the tasks as they would be submitted."),
  notices: z.array(z.string()).describe("Why some of it will wait for more than its turn, and what to do."),
});

export const run = operation({
  name: "workflow.run",
  summary: "Start a workflow: submit its tasks, all or none.",
  effect: "write",
  scope: "operate",
  rest: "POST /workflows/{name}/run",
  args: ["name"],
  input: Run,
  output: Ran,
  refuses: ["not_found", "conflict", "queue_full"],
  example: { name: "feature", inputs: { what: "dark mode" }, key: "dark-mode" },
  handle: async (room: WorkflowRoom & Call, input) => {
    const { store, limits, actor, projects, workflowDirectories } = room;
    const { name, key, dryRun } = input;
    const { project, cwd } = belongingOf(input, projects());
    const projectId = (await projectNamed(store.read, project))?.id;
    const told = { name, project, key: key ?? null, dryRun };
    // A project that is new to the store has no tasks yet.
    const known = projectId === undefined ? undefined : await startedBefore(store.read, { projectId, name, key });
    // Whatever became of the file since.
    if (known) return { ...told, ...answerOf(known), plan: null, notices: [] };
    const { workflow, version } = await findWorkflow(workflowDirectories(), name);
    const plan = planOf(workflow, valuesOf(workflow, input.inputs), { cwd, key, limits: limits() });
    for (const { task } of plan) refuseWithoutRepository(task.cwd, task.workspace);
    const notices = noticesOf(plan, projectId ?? DEFAULT_PROJECT.id, room);
    if (dryRun) return { ...told, version, created: false, tasks: [], plan: plannedTasks(plan), notices };
    const started = await store.write(async (tx) => {
      const origin = { projectId: await projectIdOf(tx, project, projects()), name, version, key };
      return await startWorkflow(tx, plan, origin, { actor: actorLabel(actor), limits: limits() });
    });
    return { ...told, ...answerOf(started), plan: null, notices };
  },
});

function answerOf({ version, created, tasks }: Started) {
  return { version, created, tasks: [...tasks] };
}

function noticesOf(plan: readonly Planned[], project_id: number, { advise, gatesInNoDirectory }: TaskRoom): string[] {
  const notices = plan.flatMap(({ task }) => [
    advise({ project_id, role: task.role, agent: task.agent ?? null }),
    directoryNotice(task.cwd),
  ]);
  const nowhere = plan.filter(({ task }) => task.cwd === undefined);
  const unproven = nowhere.flatMap(({ task: { role, agent = null } }) =>
    gatesInNoDirectory({ project_id, role, agent }),
  );
  notices.push(gatesNotice([...new Set(unproven)], "tasks"));
  return [...new Set(notices.filter((notice) => notice !== undefined))];
}

export const workflowOperations = [list, get, check, run] as const;
