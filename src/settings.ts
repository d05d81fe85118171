/** The settings file, composed: each room's section. */

import { agentSettings } from "./agent/agent.ts";
import type { SettingsOf } from "./config/fragment.ts";
import { limits } from "./config/limits.ts";
import { formatProblem } from "./config/problem.ts";
import type { Settings as SettingsSource } from "./config/reload.ts";
import { closest } from "./config/suggest.ts";
import { webhookSettings } from "./event/outbox/webhook.ts";
import { hostSettings } from "./fleet/host.ts";
import { projectSettings } from "./project/project.ts";
import { storeSettings } from "./store/store-settings.ts";
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
export function danglingReferences({ agents, roles }: Settings): string[] {
  return Object.entries(roles).flatMap(([role, { agent }]) => {
    if (agent === undefined || Object.hasOwn(agents, agent)) return [];
    const near = closest(agent, Object.keys(agents));
    return [`roles.${role}.agent: there is no agent "${agent}"${near ? `; did you mean "${near}"?` : "."}`];
  });
}
