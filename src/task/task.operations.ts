/** The public door of tasks, as far as it needs no runs: submit, change, retry, resume, list, count. */
import * as z from "zod";
import type { Limits } from "../config/limits.ts";
import { actorLabel } from "../core/actor.ts";
import { publicId } from "../core/ids.ts";
import { type Call, operation } from "../core/operation.ts";
import { PageLimit, pageSize } from "../core/page.ts";
import { refuse } from "../core/refusal.ts";
import { projectIdNamed, projectIdOf, projectNames } from "../project/project.store.ts";
import type { Projects } from "../project/project.ts";
import type { Reader, Store } from "../store/store.ts";
import { belongingOf } from "./belonging.ts";
import { directoryNotice, gatesNotice, refuseWithoutRepository } from "./directory.ts";
import { retryTask } from "./retry.service.ts";
import { aiwgChat, aiwgList, aiwgStats, aiwgSubmit } from "./task.compat.ts";
import { changeTask, resumeTask, submitTask } from "./task.service.ts";
import { findTask, type TaskRow } from "./task.store.ts";
import { isFinal, Name, Needs, NewTask, PlainText, TASK_STATES, TaskRef, Why } from "./task.ts";
import { ShownState, TaskSummary, taskSummary } from "./task.view.ts";
import { countTasks, listTasks } from "./task-list.store.ts";

export interface TaskRoom {
  readonly store: Store;
  readonly limits: () => Limits;
  /** As the settings have them now. */
  readonly projects: () => Projects;
  /** Why nobody could do this task, as a sentence that says what to do; undefined when somebody can. */
  readonly advise: (task: Pick<TaskRow, "project_id" | "role" | "agent">) => string | undefined;
  /** Roles of its way whose gates would run in an empty directory when it has none. */
  readonly gatesInNoDirectory: (task: Pick<TaskRow, "project_id" | "role" | "agent">) => string[];
}

const Submitted = z.object({
  taskId: z.string(),
  state: ShownState,
  created: z.boolean().describe("False when the key named a task that was there already."),
  notice: z
    .string()
    .optional()
    .describe("Why it will wait for more than its turn, cannot run as things are or cannot go well, and what to do."),
});

export const submit = operation({
  name: "task.submit",
  summary: "Queue a task.",
  effect: "write",
  scope: "operate",
  rest: "POST /tasks",
  args: ["prompt"],
  input: NewTask,
  output: Submitted,
  refuses: ["not_found", "conflict", "queue_full"],
  example: { prompt: "Fix the flaky test", role: "builder" },
  compat: [aiwgSubmit, aiwgChat],
  tool: true,
  handle: async ({ store, limits, actor, advise, gatesInNoDirectory, projects }: TaskRoom & Call, input) => {
    refuseWithoutRepository(input.cwd, input.workspace);
    const { project, cwd } = belongingOf(input, projects());
    const { task, created } = await store.write(
      async (tx) =>
        submitTask(tx, { ...input, cwd }, actorLabel(actor), limits(), {
          projectId: await projectIdOf(tx, project, projects()),
        }),
      // Two of one key meet at its constraint; needs are looked at, and what others write in between would be missed.
      { independent: input.needs.length === 0 },
    );
    const ofPlace = () => (cwd === undefined ? gatesNotice(gatesInNoDirectory(task), "task") : directoryNotice(cwd));
    const notices = isFinal(task.state) ? [] : [advise(task), created ? ofPlace() : undefined];
    const notice = notices.filter(Boolean).join(" ");
    return { ...stateOf(task), created, ...(notice !== "" && { notice }) };
  },
});

const Changes = {
  title: PlainText.min(1).optional().describe("A line for lists."),
  priority: z.int().min(-1_000_000).max(1_000_000).optional().describe("A higher number goes first."),
  attempts: z.int().min(1).max(100).optional().describe("How many runs may fail before the task does."),
  timeoutSeconds: z.int().min(1).max(2_073_600).optional().describe("How long its next run may take."),
  notBefore: z.iso.datetime({ offset: true }).optional().describe("It does not start before this moment."),
  needs: Needs.optional().describe("Replaces what it needs; an empty list takes all needs away."),
};

const CHANGEABLE = Object.keys(Changes);

export const update = operation({
  name: "task.update",
  summary: "Change what is still open about a task.",
  effect: "write",
  scope: "operate",
  rest: "PATCH /tasks/{taskId}",
  args: ["taskId"],
  input: z.strictObject({
    taskId: TaskRef,
    ...Changes,
    reason: Why,
  }),
  output: TaskSummary,
  refuses: ["not_found", "conflict"],
  example: { taskId: "task-17", priority: 5 },
  handle: async ({ store, limits, actor }: TaskRoom & Call, { taskId, reason, ...change }) => {
    if (Object.values(change).every((value) => value === undefined)) {
      refuse("invalid_input", "Nothing to change was named.", {
        hint: `Name at least one of: ${CHANGEABLE.join(", ")} (\`steward task update --help\`).`,
      });
    }
    const by = { actor: actorLabel(actor), reason };
    const row = await store.write(async (tx) => changeTask(tx, await mustBeTask(tx, taskId), change, by, limits()));
    return taskSummary(row, (await projectNames(store.read))(row.project_id));
  },
});

export const retry = operation({
  name: "task.retry",
  summary: "Do a failed or cancelled task again, as a new task that names the old one.",
  effect: "write",
  scope: "operate",
  rest: "POST /tasks/{taskId}/retry",
  args: ["taskId"],
  input: z.strictObject({ taskId: TaskRef, reason: Why }),
  output: z.object({ taskId: z.string(), state: ShownState, retryOf: z.string() }),
  refuses: ["not_found", "conflict"],
  example: { taskId: "task-17" },
  tool: true,
  handle: async ({ store, actor }: TaskRoom & Call, { taskId, reason }) =>
    await store.write(async (tx) => {
      const old = await mustBeTask(tx, taskId);
      return {
        ...stateOf(await retryTask(tx, old, { actor: actorLabel(actor), reason })),
        retryOf: publicId("task", old.id),
      };
    }),
});

export const resume = operation({
  name: "task.resume",
  summary: "Let a parked task go on.",
  effect: "write",
  scope: "operate",
  rest: "POST /tasks/{taskId}/resume",
  args: ["taskId"],
  input: z.strictObject({
    taskId: TaskRef,
    note: PlainText.max(10_000).optional().describe("Why, or the answer that it waited for; kept with its history."),
  }),
  output: z.object({ taskId: z.string(), state: ShownState }),
  refuses: ["not_found", "conflict"],
  example: { taskId: "task-17", note: "The licence is fine." },
  handle: async ({ store, actor }: TaskRoom & Call, { taskId, note }) =>
    stateOf(await store.write(async (tx) => resumeTask(tx, await mustBeTask(tx, taskId), note, actorLabel(actor)))),
});

const OnlyProject = Name.optional().describe("Only tasks of this project. Default: all.");

export const list = operation({
  name: "task.list",
  summary: "List tasks, the newest first.",
  effect: "read",
  scope: "read",
  rest: "GET /tasks",
  input: z.strictObject({
    state: z.enum(TASK_STATES).optional().describe("Only tasks in this state."),
    role: Name.optional().describe("Only tasks that ask for this role."),
    project: OnlyProject,
    limit: PageLimit,
    before: TaskRef.optional().describe("Only tasks older than this one: `next` of the page before."),
  }),
  output: z.object({
    tasks: z.array(TaskSummary),
    next: z.string().nullable().describe("Give it as `before` for the next page."),
  }),
  refuses: ["not_found", "conflict"],
  example: { state: "queued" },
  compat: [aiwgList],
  tool: true,
  handle: async ({ store, limits }: TaskRoom, { state, role, project, limit, before }) => {
    const size = pageSize(limit, limits());
    const last = before === undefined ? undefined : (await mustBeTask(store.read, before)).id;
    const rows = await listTasks(store.read, {
      projectId: await projectIdNamed(store.read, project),
      state,
      role,
      before: last,
      limit: size + 1,
    });
    const page = rows.slice(0, size);
    const oldest = page.at(-1);
    const nameOf = await projectNames(store.read);
    return {
      tasks: page.map((row) => taskSummary(row, nameOf(row.project_id))),
      next: rows.length > size && oldest ? publicId("task", oldest.id) : null,
    };
  },
});

const count = z.int();
export const TaskStats = z.object({
  total: count,
  blocked: count,
  scheduled: count,
  queued: count,
  running: count,
  parked: count,
  completed: count,
  failed: count,
  cancelled: count,
});

export const stats = operation({
  name: "task.stats",
  summary: "Count the tasks in each state.",
  effect: "read",
  scope: "read",
  rest: "GET /tasks/stats",
  input: z.strictObject({ project: OnlyProject }),
  output: TaskStats,
  refuses: ["not_found"],
  example: {},
  compat: [aiwgStats],
  tool: true,
  handle: async ({ store }: TaskRoom, { project }) => taskStats(store.read, await projectIdNamed(store.read, project)),
});

/** Of all projects, or of one. */
export async function taskStats(read: Reader, projectId?: number): Promise<z.output<typeof TaskStats>> {
  const counts = await countTasks(read, projectId);
  return { total: Object.values(counts).reduce((sum, n) => sum + n, 0), ...counts };
}

export async function mustBeTask(read: Reader, reference: string): Promise<TaskRow> {
  return (await findTask(read, reference)) ?? noSuchTask(reference);
}

function noSuchTask(reference: string): never {
  return refuse("not_found", `There is no task "${reference}".`, {
    hint: "`steward task list` shows what there is.",
    data: { taskId: reference },
  });
}

function stateOf(row: Pick<TaskRow, "id" | "state">) {
  return { taskId: publicId("task", row.id), state: row.state };
}

export const taskOperations = [submit, update, retry, resume, list, stats] as const;
