/** The settings file, composed: each room's section. */

import { agentSettings } from "./agent/agent.ts";
import type { SettingsOf } from "./config/fragment.ts";
import { limits } from "./config/limits.ts";
import { formatProblem } from "./config/problem.ts";
import type { Settings as SettingsSource } from "./config/reload.ts";
import { closest } from "./config/suggest.ts";
import { webhookSettings } from "./event/outbox/webhook.ts";
import { hostSettings } from "./fleet/host.ts";
import { storeSettings } from "./store/store-settings.ts";
import { endlessProjects, projectSettings } from "./task/project/project-settings.ts";
import { roleSettings } from "./task/role.ts";
import { compatSettings } from "./transports/compat/compat.settings.ts";
import { httpSettings } from "./transports/rest/http-settings.ts";

export const fragments = [
  hostSettings,
  storeSettings,
  agentSettings,
  roleSettings,
  projectSettings,
  httpSettings,
  webhookSettings,
  compatSettings,
  limits,
] as const;

export type Settings = SettingsOf<typeof fragments>;

/** What is wrong with the file, each as a sentence. */
export function problemsOf(source: SettingsSource<typeof fragments>): string[] {
  return [...source.problems().map(formatProblem), ...danglingReferences(source.current())];
}

/** What the schema of one section cannot see: a role whose agent is in no other section. Such tasks wait; nothing breaks. */
export function danglingReferences({ agents, roles, projects }: Settings): string[] {
  const ofProjects = Object.entries(projects).flatMap(([name, { roles: own = {} }]) =>
    missingAgents(`projects.${name}.roles`, own, agents),
  );
  return [...missingAgents("roles", roles, agents), ...ofProjects, ...endlessProjects(projects, roles)];
}

function missingAgents(place: string, roles: Settings["roles"], agents: Settings["agents"]): string[] {
  return Object.entries(roles).flatMap(([role, { agent }]) => {
    if (agent === undefined || Object.hasOwn(agents, agent)) return [];
    const near = closest(agent, Object.keys(agents));
    return [`${place}.${role}.agent: there is no agent "${agent}"${near ? `; did you mean "${near}"?` : "."}`];
  });
}
