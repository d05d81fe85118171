/** The public door of projects: which there are, what their own files would change, and whether a person trusts these. */
import * as z from "zod";
import { formatProblem } from "../../config/problem.ts";
import { actorLabel } from "../../core/actor.ts";
import { iso } from "../../core/clock.ts";
import { type Call, operation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import { applyDefinitions } from "../../project/definition.store.ts";
import {
  allProjects,
  type ProjectRow,
  projectNamed,
  recordDistrust,
  recordTrust,
  setupOf,
} from "../../project/project.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { Projects } from "../../project/project.ts";
import type { Reader, Tx } from "../../store/store.ts";
import { type TaskRoom, TaskStats, taskStats } from "../task.operations.ts";
import { Name } from "../task.ts";
import { type ProjectContent, readProjectContent } from "./project-file.ts";
import { reviewOf, TRUST_STATES, trustState } from "./project-trust.ts";

const at = z.string().nullable();
const Digest = z.string().regex(/^[0-9a-f]{64}$/, "64 digits of a SHA-256");
const Command = z.union([z.string(), z.array(z.string())]);

const ProjectView = z.object({
  project: z.string(),
  directory: z.string().nullable().describe("null for `default`, where tasks of no project are."),
  inSettings: z.boolean().describe("False: it was taken out of them; its tasks are kept."),
  trust: z
    .enum(TRUST_STATES)
    .describe(
      "Of its own files (.steward/project.json, .steward/roles): none has any; untrusted count for nothing; of changed, gone and broken ones what was trusted before still holds.",
    ),
  trustedAt: at,
  trustedBy: z.string().nullable(),
});

const Listed = ProjectView.extend({ tasks: TaskStats });

export const listProjects = operation({
  name: "project.list",
  summary: "List the projects, with their tasks counted and how far their own files are trusted.",
  effect: "read",
  scope: "read",
  rest: "GET /projects",
  input: z.strictObject({}),
  output: z.object({ projects: z.array(Listed) }),
  refuses: [],
  example: {},
  tool: true,
  handle: async ({ store, projects }: TaskRoom) => {
    const rows = await allProjects(store.read);
    return {
      projects: await Promise.all(
        rows.map(async (row) => ({
          ...(await projectView(row, projects())),
          tasks: await taskStats(store.read, row.id),
        })),
      ),
    };
  },
});

const Value = z.json();

const PendingReview = z.object({
  digest: z.string().describe("SHA-256 of what lies there: give it to `project.trust`, and exactly this is trusted."),
  roles: z.array(
    z.object({
      role: z.string(),
      change: z.enum(["added", "changed", "removed"]),
      fields: z.array(z.object({ field: z.string(), from: Value, to: Value })),
    }),
  ),
  setup: z.object({ from: Command.nullable(), to: Command.nullable() }).nullable(),
  commands: z.array(z.object({ when: z.string(), command: z.string() })).describe("What would be run that is not now."),
});

export const getProject = operation({
  name: "project.get",
  summary: "Show a project: what its own files say, and what trusting them would change.",
  effect: "read",
  scope: "read",
  rest: "GET /projects/{project}",
  args: ["project"],
  input: z.strictObject({ project: Name }),
  output: Listed.extend({
    trustedDigest: z.string().nullable().describe("SHA-256 of what was trusted."),
    setup: Command.nullable().describe("What runs in each new workspace now."),
    problems: z.array(z.string()).describe("Why its own files cannot be trusted as they are."),
    pending: PendingReview.nullable().describe(
      "What trusting them would change; null where there is nothing to trust.",
    ),
  }),
  refuses: ["not_found"],
  example: { project: "web" },
  tool: true,
  handle: async ({ store, projects }: TaskRoom, { project }) => {
    const row = (await projectNamed(store.read, project)) ?? noSuchProject(project);
    const settings = projects()[project];
    const content = await contentOf(row, projects());
    const state = trustState(content, row);
    const isPending = state === "untrusted" || state === "changed";
    return {
      ...(await projectView(row, projects())),
      tasks: await taskStats(store.read, row.id),
      trustedDigest: row.trusted_digest,
      setup: settings?.setup ?? setupOf(row) ?? null,
      problems: content.problems.map(formatProblem),
      pending: isPending ? await pendingOf(store.read, row, content, settings) : null,
    };
  },
});

export const trustProject = operation({
  name: "project.trust",
  summary:
    "Let what a project's own files say hold, exactly as it was shown. When they change, what was trusted stays.",
  effect: "write",
  scope: "admin",
  rest: "POST /projects/{project}/trust",
  args: ["project"],
  input: z.strictObject({
    project: Name,
    digest: Digest.describe("Of what was shown: `pending.digest` of `project.get`."),
  }),
  output: ProjectView,
  refuses: ["not_found", "conflict"],
  example: { project: "web", digest: "0".repeat(64) },
  handle: async ({ store, projects, actor }: TaskRoom & Call, { project, digest }) => {
    const by = mustBePerson(actor);
    const settings = Object.hasOwn(projects(), project) ? projects()[project] : undefined;
    if (!settings) return noSuchProject(project);
    const content = await readProjectContent(settings.directory);
    const [first] = content.problems;
    if (first) refuse("conflict", `It cannot be trusted as it is: ${formatProblem(first)}.`);
    if (content.digest !== digest) {
      refuse("conflict", "Its files are not what was shown: they changed since, or are gone.", {
        hint: `\`steward project get ${project}\` shows what they say now.`,
        data: { digest: content.digest },
      });
    }
    const row = await store.write((tx) => trust(tx, project, content, digest, by));
    return await projectView(row, projects());
  },
});

export const untrustProject = operation({
  name: "project.untrust",
  summary: "Let what a project's own files say count no more.",
  effect: "write",
  scope: "admin",
  rest: "POST /projects/{project}/untrust",
  args: ["project"],
  input: z.strictObject({ project: Name }),
  output: ProjectView,
  refuses: ["not_found"],
  example: { project: "web" },
  handle: async ({ store, projects, actor }: TaskRoom & Call, { project }) => {
    const by = mustBePerson(actor);
    const row = await store.write(async (tx) => {
      const known = (await projectNamed(tx, project)) ?? noSuchProject(project);
      if (known.trusted_digest === null) return known;
      await applyContent(tx, known.id, {}, by);
      await recordDistrust(tx, known, by);
      return await mustStay(tx, project);
    });
    return await projectView(row, projects());
  },
});

async function trust(
  tx: Tx,
  project: string,
  content: ProjectContent,
  digest: string,
  by: string,
): Promise<ProjectRow> {
  const row = (await projectNamed(tx, project)) ?? noSuchProject(project);
  if (row.trusted_digest === digest) return row;
  await applyContent(tx, row.id, content.roles, by);
  await recordTrust(tx, row, { digest, setup: content.setup }, by, Object.keys(content.roles).sort());
  return await mustStay(tx, project);
}

async function applyContent(tx: Tx, projectId: number, roles: ProjectContent["roles"], actor: string): Promise<void> {
  const declared = Object.entries(roles).map(([name, body]) => ({ kind: "role" as const, name, body }));
  await applyDefinitions(tx, { projectId, source: "project", declared, actor, complete: true });
}

async function mustStay(tx: Tx, project: string): Promise<ProjectRow> {
  const row = await projectNamed(tx, project);
  if (!row) throw new Error(`project ${project} is missing`);
  return row;
}

/** Whoever speaks for a run, or starts something by itself, must not widen what it may do. */
function mustBePerson(actor: Call["actor"]): string {
  if (actor.kind !== "person" && actor.kind !== "token") {
    refuse("denied", "Only a person may say which project's files count.");
  }
  return actorLabel(actor);
}

/** Of one that the settings do not name nothing is read. */
async function contentOf({ key }: ProjectRow, projects: Projects): Promise<ProjectContent> {
  const settings = Object.hasOwn(projects, key) ? projects[key] : undefined;
  return settings ? await readProjectContent(settings.directory) : NOTHING;
}

const NOTHING: ProjectContent = { digest: null, roles: {}, setup: undefined, problems: [] };

async function projectView(row: ProjectRow, projects: Projects): Promise<z.input<typeof ProjectView>> {
  const inSettings = row.id === DEFAULT_PROJECT.id || Object.hasOwn(projects, row.key);
  return {
    project: row.key,
    directory: projects[row.key]?.directory ?? row.directory,
    inSettings,
    trust: trustState(await contentOf(row, projects), row),
    trustedAt: iso(row.trusted_at),
    trustedBy: row.trusted_by,
  };
}

async function pendingOf(
  read: Reader,
  row: ProjectRow,
  content: ProjectContent,
  settings: Projects[string] | undefined,
): Promise<z.input<typeof PendingReview> | null> {
  if (content.digest === null) return null;
  const review = await reviewOf(read, row, content, settings);
  // As JSON has it: what is no field has no place in it.
  return JSON.parse(JSON.stringify({ digest: content.digest, ...review }));
}

function noSuchProject(project: string): never {
  return refuse("not_found", `There is no project "${project}".`, {
    hint: "`steward project list` shows what there is.",
    data: { project },
  });
}

export const projectOperations = [listProjects, getProject, trustProject, untrustProject] as const;
