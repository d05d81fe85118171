/** The public door of agents and roles: list what is configured. */
import * as z from "zod";
import { operation } from "../core/operation.ts";
import type { Store } from "../store/store.ts";
import { programVersions } from "./agent.store.ts";
import { commandOf, PERMISSIONS } from "./agent.ts";
import type { CatalogSource } from "./catalog.ts";

export interface AgentRoom {
  readonly catalog: CatalogSource;
  readonly store: Store;
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
  roles: z.array(z.string()).describe("The roles that it fills."),
  healthy: z.boolean(),
  problem: z.string().nullable(),
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
    const { agents, roles, unhealthy } = catalog.current();
    const versions = await programVersions(store.read);
    return {
      agents: [...agents.values()].map(({ name, version, body }) => ({
        agent: name,
        runtime: body.runtime,
        programVersion: versions.get(name) ?? null,
        definitionVersion: version,
        command: [...commandOf(body)],
        permissions: body.runtime === "command" ? null : (body.permissions ?? "ask"),
        roles: [...roles.values()].filter((role) => role.body.agent === name).map((role) => role.name),
        healthy: !unhealthy.has(name),
        problem: unhealthy.get(name) ?? null,
      })),
    };
  },
});

export const listRoles = operation({
  name: "role.list",
  summary: "List the roles with their agents and WIP limits.",
  effect: "read",
  scope: "read",
  rest: "GET /roles",
  input: z.strictObject({}),
  output: z.object({
    roles: z.array(
      z.object({
        role: z.string(),
        agent: z.string().nullable(),
        wipLimit: z.int().nullable().describe("null: limits.wipRuns."),
        definitionVersion: z.int(),
      }),
    ),
  }),
  refuses: [],
  example: {},
  tool: true,
  handle: ({ catalog }: AgentRoom) => ({
    roles: [...catalog.current().roles.values()].map(({ name, version, body }) => ({
      role: name,
      agent: body.agent ?? null,
      wipLimit: body.wipLimit ?? null,
      definitionVersion: version,
    })),
  }),
});

export const agentOperations = [listAgents, listRoles] as const;
