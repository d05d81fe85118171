/** Everything that the doctor looks at, in the order in which it is shown. */
import { agents } from "./agents.ts";
import { clock } from "./clock.ts";
import { custody } from "./custody.ts";
import { daemon } from "./daemon.ts";
import { disk } from "./disk.ts";
import type { Check } from "./finding.ts";
import { home } from "./home.ts";
import { kernelLimits } from "./kernel-limits.ts";
import { ports } from "./ports.ts";
import { sandbox } from "./sandbox.ts";
import { service } from "./service.ts";
import { settings } from "./settings.ts";
import { store } from "./store.ts";
import { versions } from "./versions.ts";

export const CHECKS: readonly Check[] = [
  versions,
  daemon,
  home,
  disk,
  settings,
  store,
  custody,
  sandbox,
  agents,
  clock,
  kernelLimits,
  ports,
  service,
];
