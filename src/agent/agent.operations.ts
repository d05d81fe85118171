/** The public door of agents: list what is configured. */
import * as z from "zod";
import { iso } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { operation } from "../core/operation.ts";
import { projectNames } from "../project/project.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Store } from "../store/store.ts";
import { programVersions, unhealthyAgents } from "./agent.store.ts";
import { commandOf, PERMISSIONS } from "./agent.ts";
import type { Catalog, CatalogSource } from "./catalog.ts";
import { type AgentLimitRow, agentLimits } from "./limit.store.ts";

export interface AgentRoom {
  readonly store: Store;
  readonly catalog: CatalogSource;
}

const AgentView = z.object({
  agent: z.string(),
  runtime: z.string(),
  programVersion: z
    .string()
    .nullable()
    .describe("Of its program, as that told in a late run; null where it told none."),
  definitionVersion: z.int().describe("Of its definition: each change in the settings makes one."),
  command: z.array(z.string()),
  permissions: z
    .enum(PERMISSIONS)
    .nullable()
    .describe("What it may do unasked; null for the runtime `command`, which asks nobody."),
  roles: z.array(z.string()).describe("The roles that it fills; those of one project only as web#builder."),
  healthy: z.boolean(),
  problem: z.string().nullable(),
  limit: z
    .object({
      until: z.string(),
      reason: z.string().nullable(),
      runId: z
        .string()
        .nullable()
        .describe("The run that tries whether it is over; nothing else is claimed meanwhile."),
    })
    .nullable()
    .describe(
      "The limit of its account, while it is reached and until a task got past it; null: it may be given tasks.",
    ),
});

export const listAgents = operation({
  name: "agent.list",
  summary: "List the configured agents.",
  effect: "read",
  scope: "read",
  rest: "GET /agents",
  input: z.strictObject({}),
  output: z.object({ agents: z.array(AgentView) }),
  refuses: [],
  example: {},
  tool: true,
  handle: async ({ catalog, store }: AgentRoom) => {
    const limits = await agentLimits(store.read);
    const nameOf = await projectNames(store.read);
    const current = catalog.current();
    const { agents } = current;
    const unhealthy = await unhealthyAgents(store.read);
    const versions = await programVersions(store.read);
    return {
      agents: [...agents.values()].map(({ name, version, body }) => ({
        agent: name,
        runtime: body.runtime,
        programVersion: versions.get(name) ?? null,
        definitionVersion: version,
        command: [...commandOf(body)],
        permissions: body.runtime === "command" ? null : (body.permissions ?? "ask"),
        roles: rolesFilledBy(name, current, nameOf),
        healthy: !unhealthy.has(name),
        problem: unhealthy.get(name) ?? null,
        limit: limitView(limits.get(name)),
      })),
    };
  },
});

/** What a project has as the default one has it is not told twice. */
function rolesFilledBy(agent: string, catalog: Catalog, projectName: (id: number) => string): string[] {
  const isFilled = (projectId: number, role: string) => catalog.role(projectId, role)?.body.agent === agent;
  const filled = (projectId: number) =>
    [...catalog.rolesOf(projectId).keys()].filter((role) => isFilled(projectId, role));
  const general = filled(DEFAULT_PROJECT.id);
  const own = catalog.projectIds
    .filter((id) => id !== DEFAULT_PROJECT.id)
    .flatMap((id) => filled(id).flatMap((role) => (general.includes(role) ? [] : `${projectName(id)}#${role}`)));
  return [...general, ...own];
}

function limitView(limit: AgentLimitRow | undefined) {
  if (!limit) return null;
  const { until, reason, probe_run_id } = limit;
  return { until: iso(until), reason, runId: probe_run_id === null ? null : publicId("run", probe_run_id) };
}

export const agentOperations = [listAgents] as const;
