/** The settings file, composed: each room's section. */

import { agentSettings } from "./agent/agent.ts";
import type { SettingsOf } from "./config/fragment.ts";
import { limits } from "./config/limits.ts";
import { hostSettings } from "./fleet/host.ts";
import { roleSettings } from "./task/role.ts";

export const fragments = [hostSettings, agentSettings, roleSettings, limits] as const;

export type Settings = SettingsOf<typeof fragments>;
