/** The public door of sprints: how far one is, end it, begin the next. */
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { iso } from "../../core/clock.ts";
import { type Call, operation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import { projectIdOf } from "../../project/project.store.ts";
import { mustBeProject } from "../belonging.ts";
import type { TaskRoom } from "../task.operations.ts";
import { nameOf } from "../task.service.ts";
import { PlainText, TASK_STATES } from "../task.ts";
import { itemsOf, type SprintItem } from "./items.ts";
import { mustBeSprint, runningByRole, tasksOfSprint } from "./sprint.store.ts";
import { SprintLabel, SprintRef } from "./sprint.ts";
import { beginSprint, completeSprint } from "./sprint-change.store.ts";
import { sprintFigures, wipFigures } from "./sprint-status.ts";
import { SprintProject, sprintProject } from "./whose.ts";

const OpenTask = z.object({ task: z.string().describe("Its key, else its id."), state: z.enum(TASK_STATES) });

export interface SprintRoom {
  /** How many tasks of each role that a project knows may be at work at once. */
  readonly wipLimits: (projectId: number) => Readonly<Record<string, number>>;
}

/** Open tasks that an answer lists. */
const MAX_LISTED = 500;

export const status = operation({
  name: "sprint.status",
  summary: "Tell how far a sprint is: counted from its tasks, stored nowhere.",
  effect: "read",
  scope: "read",
  rest: "GET /sprints/status",
  args: ["sprint"],
  input: z.strictObject({ sprint: SprintRef.optional(), project: SprintProject }),
  output: z.object({
    sprintId: z.string().nullable(),
    number: z.int().nullable(),
    status: z.string().describe("As its file says, or completed."),
    completed: z.object({ at: z.string(), by: z.string(), reason: z.string().nullable() }).nullable(),
    progress: z.object({
      tasks: z.int(),
      done: z.int(),
      open: z.int(),
      openTop: z.int().describe("Open ones of the top three priorities: they keep it from being completed."),
      percent: z.int().describe("Of those that were not cancelled."),
    }),
    byStatus: z.record(z.string(), z.int()).describe("In the words of a queue file."),
    wip: z
      .record(z.string(), z.object({ current: z.int(), limit: z.int() }))
      .describe("By role: tasks at work in the whole project, as the claim counts them, and how many may be."),
    exitCriteria: z.array(
      z.object({
        name: z.string().describe("The `objective_link` of a task."),
        taskId: z.string(),
        key: z.string().nullable(),
        status: z.string(),
        progress: z.int().describe("Percent: done 100, in work or ready 50, in planning 25, else 0."),
      }),
    ),
    ready: z
      .array(
        z.object({
          taskId: z.string(),
          key: z.string().nullable(),
          title: z.string(),
          role: z.string(),
          priority: z.int(),
        }),
      )
      .describe("The next ones, the best first."),
  }),
  refuses: ["not_found", "conflict"],
  example: { sprint: "SPRINT-2025-004" },
  tool: true,
  handle: async ({ store, wipLimits }: TaskRoom & SprintRoom, { sprint: reference, project }) => {
    const projectId = await sprintProject(store.read, project);
    const sprint = await mustBeSprint(store.read, projectId, reference);
    const [rows, running] = await Promise.all([
      tasksOfSprint(store.read, sprint.id),
      runningByRole(store.read, projectId),
    ]);
    const { completed_at: at, completed_by: by, completed_reason: reason } = sprint;
    return {
      sprintId: sprint.label || null,
      number: sprint.number,
      status: sprint.status,
      completed: at === null || by === null ? null : { at: iso(at), by, reason },
      ...sprintFigures(itemsOf(rows)),
      wip: wipFigures(running, wipLimits(projectId)),
    };
  },
});

export const complete = operation({
  name: "sprint.complete",
  summary: "Say that a sprint is over. Its tasks stay as they are; what is open can be carried over into the next.",
  effect: "write",
  scope: "operate",
  rest: "POST /sprints/complete",
  args: ["sprint"],
  input: z.strictObject({
    sprint: SprintRef.optional(),
    project: SprintProject,
    force: z.boolean().default(false).describe("Also while tasks of the top three priorities are open; with a reason."),
    reason: PlainText.min(1).max(2000).optional().describe("Why; kept with the sprint."),
  }),
  output: z.object({
    sprintId: z.string().nullable(),
    status: z.literal("completed"),
    open: z.array(OpenTask).describe("What was still open."),
  }),
  refuses: ["not_found", "conflict"],
  example: { sprint: "SPRINT-2025-004" },
  handle: async ({ store, actor }: TaskRoom & Call, { sprint: reference, project, force, reason }) => {
    if (force && reason === undefined) {
      refuse("invalid_input", "force needs a reason.", {
        hint: "Say why with `reason` (`--reason` at the command line).",
      });
    }
    const { sprint, open } = await store.write(async (tx) => {
      const sprint = await mustBeSprint(tx, await sprintProject(tx, project), reference);
      const ending = { actor: actorLabel(actor), force, reason: reason ?? null };
      return { sprint, open: await completeSprint(tx, sprint, ending) };
    });
    return { sprintId: sprint.label || null, status: "completed" as const, open: listed(open) };
  },
});

export const begin = operation({
  name: "sprint.new",
  summary: "Begin the next sprint with all that is still open of the last, which must be completed.",
  effect: "write",
  scope: "operate",
  rest: "POST /sprints",
  input: z.strictObject({
    sprintId: SprintLabel.optional().describe("Default: SPRINT-<year of the last>-<next number>."),
    project: SprintProject,
    goal: PlainText.min(1).max(10_000).optional().describe("What it is for; `sprint_goal` of its queue file."),
  }),
  output: z.object({
    sprintId: z.string(),
    number: z.int(),
    from: z.string().nullable().describe("The sprint before."),
    carriedOver: z.int(),
    tasks: z.array(OpenTask).describe("What was carried over, the first 500."),
  }),
  refuses: ["conflict", "not_found"],
  example: { goal: "The importer reads every file of last year" },
  handle: async ({ store, projects, actor }: TaskRoom & Call, { sprintId: label, project, goal }) => {
    const begun = await store.write(async (tx) => {
      const projectId =
        project === undefined
          ? await sprintProject(tx, undefined)
          : await projectIdOf(tx, mustBeProject(project, projects()), projects());
      return await beginSprint(tx, { projectId, actor: actorLabel(actor), label, goal });
    });
    const { label: sprintId, number, from, carriedOver } = begun;
    return { sprintId, number, from, carriedOver: carriedOver.length, tasks: listed(carriedOver) };
  },
});

function listed(items: readonly SprintItem[]) {
  return items.slice(0, MAX_LISTED).map(({ first, now }) => ({ task: nameOf(first), state: now.state }));
}

export const sprintOperations = [status, complete, begin] as const;
