/** The settings file, composed: each room's section. */

import { agentSettings } from "./agent/agent.ts";
import type { SettingsOf } from "./config/fragment.ts";
import { limits } from "./config/limits.ts";
import { formatProblem } from "./config/problem.ts";
import type { Settings as SettingsSource } from "./config/reload.ts";
import { webhookSettings } from "./event/outbox/webhook.ts";
import { hostSettings } from "./fleet/host.ts";
import { storeSettings } from "./store/store-settings.ts";
import { projectSettings } from "./task/project/project-settings.ts";
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

/** Why the file does not hold, each as a sentence. */
export function problemsOf(source: SettingsSource<typeof fragments>): string[] {
  return source.problems().map(formatProblem);
}
