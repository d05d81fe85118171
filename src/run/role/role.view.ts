/** A role as callers see it: is it claimed, what is it doing, and who fills it. */
import * as z from "zod";
import type { Catalog } from "../../agent/catalog.ts";
import { agentLimits } from "../../agent/limit.store.ts";
import { limitSentence } from "../../agent/limit.ts";
import { iso } from "../../core/clock.ts";
import { projectNames } from "../../project/project.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { RunRoom } from "../run-room.ts";
import { COUNTED_TASKS, countByRole, type RoleCount, roleSwitches } from "./role-switch.store.ts";
import { type RoleSwitches, switchOf } from "./role-switch.ts";

export const RoleView = z.object({
  role: z.string(),
  project: z.string(),
  state: z
    .enum(["on", "paused", "standby"])
    .describe(
      "on: its tasks are claimed; paused: somebody switched it off; standby: the host claims only what is switched on.",
    ),
  by: z.string().nullable().describe("Who switched it last, as person:ada; null: nobody ever did."),
  reason: z.string().nullable().describe("Why it was switched."),
  since: z.string().nullable().describe("When it was switched."),
  running: z.int().describe("Tasks of which a run or a gate lives now."),
  queued: z.int().describe(`Tasks that wait for their turn; of many about ${COUNTED_TASKS} are counted.`),
  ending: z
    .int()
    .describe("Queued ones whose stage only has to be ended by its gates: they run also while it is paused."),
  wipLimit: z.int().nullable().describe("null: limits.wipRuns."),
  agent: z.string().nullable(),
  healthy: z.boolean().describe("May its agent be given tasks?"),
  problem: z.string().nullable().describe("Why its agent is given none."),
  definitionVersion: z.int(),
});

export type RoleView = z.output<typeof RoleView>;

type Room = Pick<RunRoom, "store" | "catalog" | "engine">;

/** Of one project; null: of all. There a project has what it does not share with the default one. */
export async function rolesSeen(room: Room, projectId: number | null): Promise<RoleView[]> {
  const { read } = room.store;
  const [switches, counts, nameOf, limits] = await Promise.all([
    roleSwitches(read),
    countByRole(read),
    projectNames(read),
    agentLimits(read),
  ]);
  const catalog = room.catalog.current();
  const problemOf = (agent: string | undefined) => {
    if (agent === undefined) return "no agent fills it";
    if (!catalog.agents.has(agent)) return `there is no agent "${agent}"`;
    const limit = limits.get(agent);
    return catalog.unhealthy.get(agent) ?? (limit ? limitSentence(limit) : null);
  };
  return placesOf({ catalog, switches, counts }, projectId).flatMap(({ project_id, role }) => {
    const definition = catalog.role(project_id, role);
    if (!definition) return [];
    const { agent, wipLimit } = definition.body;
    const said = switchOf(switches, { project_id, role });
    const count = counts.find((one) => one.project_id === project_id && one.role === role);
    const problem = problemOf(agent);
    return {
      role,
      project: nameOf(project_id),
      state: stateOf(said?.state, room),
      by: said?.actor ?? null,
      reason: said?.reason ?? null,
      since: iso(said?.since ?? null),
      running: count?.running ?? 0,
      queued: count?.queued ?? 0,
      ending: count?.ending ?? 0,
      wipLimit: wipLimit ?? null,
      agent: agent ?? null,
      healthy: problem === null,
      problem,
      definitionVersion: definition.version,
    };
  });
}

function stateOf(said: "on" | "off" | undefined, { engine }: Room): RoleView["state"] {
  if (said === "off") return "paused";
  const claims = engine.claims;
  return claims === "of each role" || (claims === "of roles that are on" && said === "on") ? "on" : "standby";
}

interface Known {
  readonly catalog: Catalog;
  readonly switches: RoleSwitches;
  readonly counts: readonly RoleCount[];
}

/** Which roles of which projects are told. */
function placesOf({ catalog, switches, counts }: Known, projectId: number | null) {
  const rolesOf = (id: number) => [...catalog.rolesOf(id).keys()].map((role) => ({ project_id: id, role }));
  if (projectId !== null) return rolesOf(projectId);
  const isOwn = ({ project_id, role }: { project_id: number; role: string }) =>
    catalog.role(project_id, role) !== catalog.role(DEFAULT_PROJECT.id, role) ||
    switches.some((said) => said.project_id === project_id && (said.role ?? role) === role) ||
    counts.some((one) => one.project_id === project_id && one.role === role && one.running + one.queued > 0);
  const others = new Set([
    ...catalog.projectIds,
    ...counts.map(({ project_id }) => project_id),
    ...switches.flatMap(({ project_id }) => project_id ?? []),
  ]);
  others.delete(DEFAULT_PROJECT.id);
  return [
    ...rolesOf(DEFAULT_PROJECT.id),
    ...[...others]
      .sort((a, b) => a - b)
      .flatMap(rolesOf)
      .filter(isOwn),
  ];
}
