/** The public door of agents and roles: list what is configured, and find an agent healthy again. */
import { accessSync } from "node:fs";
import * as z from "zod";
import { actorLabel } from "../core/actor.ts";
import { type Call, operation } from "../core/operation.ts";
import { refuse } from "../core/refusal.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Store } from "../store/store.ts";
import { Name } from "../task/task.ts";
import { markHealthy } from "./agent.store.ts";
import { commandOf } from "./agent.ts";
import type { CatalogSource } from "./catalog.ts";

export interface AgentRoom {
  readonly store: Store;
  readonly catalog: CatalogSource;
  /** The absolute path of the program that an agent starts; undefined when there is none. */
  readonly findProgram: (agent: string) => string | undefined;
}

const AgentView = z.object({
  agent: z.string(),
  runtime: z.string(),
  version: z.int().describe("Of its definition."),
  command: z.array(z.string()),
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
  handle: ({ catalog }: AgentRoom) => {
    const { agents, roles, unhealthy } = catalog.current();
    return {
      agents: [...agents.values()].map(({ name, version, body }) => ({
        agent: name,
        runtime: body.runtime,
        version,
        command: [...commandOf(body)],
        roles: [...roles.values()].filter((role) => role.body.agent === name).map((role) => role.name),
        healthy: !unhealthy.has(name),
        problem: unhealthy.get(name) ?? null,
      })),
    };
  },
});

export const testAgent = operation({
  name: "agent.test",
  summary: "Check that an agent's program can be started; an agent that passes is healthy again.",
  effect: "write",
  scope: "operate",
  rest: "POST /agents/{agent}/test",
  args: ["agent"],
  input: z.strictObject({ agent: Name.describe("Its name in the settings.") }),
  output: z.object({
    agent: z.string(),
    healthy: z.boolean(),
    program: z.string().nullable(),
    problem: z.string().nullable(),
  }),
  refuses: ["not_found"],
  example: { agent: "shell" },
  handle: async ({ store, catalog, findProgram, actor }: AgentRoom & Call, { agent }) => {
    const definition = catalog.current().agents.get(agent);
    if (!definition)
      refuse("not_found", `There is no agent "${agent}".`, { hint: "`steward agent list` shows what there is." });
    const program = findProgram(agent);
    const directory = definition.body.cwd;
    const problem =
      program === undefined
        ? `The program "${commandOf(definition.body)[0]}" was not found.`
        : directory !== undefined && !exists(directory)
          ? `Its directory ${directory} is not there.`
          : null;
    if (problem !== null) return { agent, healthy: false, program: program ?? null, problem };
    await store.write((tx) => markHealthy(tx, DEFAULT_PROJECT.id, agent, actorLabel(actor)));
    await catalog.renewed();
    return { agent, healthy: true, program: program ?? null, problem: null };
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
        version: z.int(),
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
      version,
    })),
  }),
});

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

export const agentOperations = [listAgents, testAgent, listRoles] as const;
