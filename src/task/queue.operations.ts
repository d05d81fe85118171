/** The public door for sprint queues: read one in, say what reading it in would do, write one back. */
import { dirname, isAbsolute } from "node:path";
import * as z from "zod";
import { actorLabel } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import { type Call, operation } from "../core/operation.ts";
import { projectIdOf, projectNamed } from "../project/project.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Projects } from "../project/project.ts";
import { type Belonging, belongingOf } from "./belonging.ts";
import { gatesNotice } from "./directory.ts";
import { exportSprint } from "./queue-export.store.ts";
import { importQueue, knownTasks } from "./queue-import.store.ts";
import { mustBeImported, mustBeSprint } from "./sprint/sprint.store.ts";
import { SprintRef } from "./sprint/sprint.ts";
import { SprintProject, sprintProject } from "./sprint/whose.ts";
import { queueReport } from "./sprint-queue/queue-report.ts";
import { readSprintQueue } from "./sprint-queue/read.ts";
import type { TaskRoom } from "./task.operations.ts";
import { isFinal, Name } from "./task.ts";

const ImportNumber = z.int().min(1).describe("The sprint that this import brought, by its number: 1 is the first.");

const Note = z.object({
  task: z.string().nullable(),
  field: z.string().nullable(),
  at: z.string().describe("Where in the file."),
  message: z.string(),
});

const QueueReport = z.object({
  dryRun: z.boolean(),
  project: z.string().describe("To which its tasks belong."),
  sprintId: z.string().nullable(),
  created: z.int().describe("Tasks that are new; with dryRun, that would be."),
  skipped: z.array(z.string()).describe("Keys that an earlier import of this sprint brought; they stay as they are."),
  claimable: z
    .record(z.string(), z.array(z.string()))
    .describe("By role: what the file lets be claimed now, within its WIP limits."),
  counts: z.object({
    tasks: z.int(),
    byState: z.record(z.string(), z.int()),
    byRole: z.record(z.string(), z.int()),
    parents: z.int(),
  }),
  normalised: z.array(Note).describe("Read differently from how it was written."),
  warnings: z.array(Note).describe("What a person should look at."),
  notices: z.array(z.string()).describe("Why some of it will wait for more than its turn."),
});

export const importOperation = operation({
  name: "queue.import",
  summary: "Submit the tasks of an OODATCAA sprint queue.",
  effect: "write",
  scope: "operate",
  rest: "POST /queues",
  args: ["text"],
  input: z.strictObject({
    text: z.string().describe("The queue file, whole."),
    file: z.string().max(4096).default("(text)").describe("What the file is called, for the report."),
    project: Name.optional().describe(
      "The project of its tasks. Default: the innermost one in which the file lies, where its path is absolute; else `default`.",
    ),
    dryRun: z.boolean().default(false).describe("Change nothing; only tell."),
  }),
  output: QueueReport,
  refuses: ["conflict", "not_found"],
  example: { text: '{"tasks": []}', dryRun: true },
  handle: async (room: TaskRoom & QueueRoom & Call, { text, file, project: named, dryRun }) => {
    const { store, clock, actor, projects } = room;
    const queue = readSprintQueue(text, { now: clock.now() });
    const { project, cwd } = importedTo(named, file, projects());
    const { projectId, created, skipped } = dryRun
      ? await wouldImport(store, queue, project)
      : await store.write(async (tx) => {
          const id = await projectIdOf(tx, project, projects());
          const options = { projectId: id, cwd: cwd ?? null, file, actor: actorLabel(actor) };
          return { projectId: id, ...(await importQueue(tx, queue, options)) };
        });
    return {
      project,
      ...queueReport(queue, { dryRun, created: created.length, skipped: [...skipped] }),
      notices: noticesOf(room, queue, { projectId, cwd, isNew: created.length > 0 }),
    };
  },
});

export const exportOperation = operation({
  name: "queue.export",
  summary: "Write a sprint back as a queue file: what was imported as it came, and in it what has changed since.",
  effect: "read",
  scope: "read",
  rest: "GET /queues/export",
  input: z.strictObject({
    sprint: SprintRef.optional(),
    import: ImportNumber.optional(),
    project: SprintProject,
  }),
  output: z.object({
    sprintId: z.string().nullable(),
    text: z.string().describe("The queue file, whole."),
    tasks: z.int(),
    changed: z.array(z.string()).describe("Ids of tasks that are written differently from how they came."),
    added: z.array(z.string()).describe("Ids of tasks that no file brought."),
  }),
  refuses: ["not_found", "conflict"],
  example: { sprint: "SPRINT-2025-004" },
  handle: async ({ store }: TaskRoom, { sprint: reference, import: imported, project }) => {
    const projectId = await sprintProject(store.read, project);
    const sprint =
      reference === undefined && imported !== undefined
        ? await mustBeImported(store.read, projectId, imported)
        : await mustBeSprint(store.read, projectId, reference);
    const { text, tasks, changed, added } = await exportSprint(store, sprint);
    return { sprintId: sprint.label || null, text, tasks, changed: [...changed], added: [...added] };
  },
});

export interface QueueRoom {
  readonly clock: Clock;
  /** Those of the roles that nobody fills. */
  readonly rolesWithoutAgent: (projectId: number, roles: readonly string[]) => string[];
}

function openRoles(queue: ReturnType<typeof readSprintQueue>): string[] {
  return [...new Set(queue.tasks.filter(({ state, rollsUp }) => !isFinal(state) && !rollsUp).map(({ role }) => role))];
}

interface Imported {
  readonly projectId: number;
  readonly cwd: string | undefined;
  /** Is any of it? What was imported before was told then. */
  readonly isNew: boolean;
}

/** Of the import as a whole, however many tasks it has. */
function noticesOf(
  room: TaskRoom & QueueRoom,
  queue: ReturnType<typeof readSprintQueue>,
  { projectId, cwd, isNew }: Imported,
): string[] {
  const roles = openRoles(queue);
  const nobody = noAgentNotice(room.rolesWithoutAgent(projectId, roles));
  const of = (role: string) => room.gatesInNoDirectory({ project_id: projectId, role, agent: null });
  const gates = cwd === undefined && isNew ? gatesNotice([...new Set(roles.flatMap(of))], "queue") : undefined;
  return [...nobody, ...(gates === undefined ? [] : [gates])];
}

function noAgentNotice(roles: readonly string[]): string[] {
  if (roles.length === 0) return [];
  const [first = ""] = roles;
  return [
    `No agent fills ${roles.map((role) => `"${role}"`).join(", ")}: tasks of ${roles.length === 1 ? "this role" : "these roles"} wait. Write an agent and "roles": { "${first}": { "agent": "NAME" } … } into steward.json, then \`steward daemon reload\`.`,
  ];
}

/** Its tasks work in the directory of their project. */
function importedTo(project: string | undefined, file: string, projects: Projects): Belonging {
  const directory = isAbsolute(file) ? dirname(file) : undefined;
  const { project: name } = belongingOf({ project, cwd: directory }, projects);
  return { project: name, cwd: projects[name]?.directory };
}

/** A project that is new to the store has no tasks yet. */
async function wouldImport(store: TaskRoom["store"], queue: ReturnType<typeof readSprintQueue>, project: string) {
  const projectId = (await projectNamed(store.read, project))?.id ?? DEFAULT_PROJECT.id;
  const known = await knownTasks(store.read, queue, projectId);
  return {
    projectId,
    created: queue.tasks.filter(({ key }) => !known.has(key)).map(({ key }) => key),
    skipped: [...known.keys()],
  };
}

export const queueOperations = [importOperation, exportOperation] as const;
