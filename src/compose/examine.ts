/** The doctor, put together for whoever asks: the daemon of itself, or the command line when no daemon answers. */
import { composeSchema } from "../config/compose.ts";
import { readSettings } from "../config/load.ts";
import { formatProblem } from "../config/problem.ts";
import { systemClock } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import { CHECKS } from "../daemon/doctor/checks.ts";
import { type Diagnosis, diagnose } from "../daemon/doctor/doctor.ts";
import type { DaemonSeen, SettingsSeen } from "../daemon/doctor/finding.ts";
import { fragments, type Settings } from "../settings.ts";
import { migrations } from "../tables.ts";
import { USUAL_PORT } from "../transports/rest/port.ts";
import { noticesOf } from "./notices.ts";
import { obstacles } from "./obstacles.ts";

export interface Examine {
  readonly paths: HomePaths;
  readonly version: string;
  readonly askerVersion?: string | undefined;
  readonly daemon: DaemonSeen;
}

export async function examine({ paths, version, askerVersion, daemon }: Examine): Promise<Diagnosis> {
  const { settings, http } = await seen(paths);
  const around = { paths, version, askerVersion, daemon, http, settings, migrations };
  return await diagnose(CHECKS, { ...around, clock: systemClock, env: process.env });
}

/** Of a file that cannot be used: what is wrong with it, and the defaults. */
async function seen(
  paths: HomePaths,
): Promise<{ settings: SettingsSeen; http: { host: string; port: number } | undefined }> {
  const read = readSettings(paths.settings, fragments);
  const { limits, host, agents, store, http } = read.ok
    ? read.settings
    : (composeSchema(fragments).parse({}) as Settings);
  return {
    settings: {
      source: read.ok ? read.source : "file",
      broken: obstacles(paths).map(formatProblem),
      dangling: read.ok ? await noticesOf(read.settings, paths) : [],
      limits,
      custody: host.custody,
      agents,
      isStoreElsewhere: store.url !== undefined,
    },
    http: http.enabled ? { host: http.host, port: http.port ?? USUAL_PORT } : undefined,
  };
}

/** Several who ask the same at once share one look: it costs the machine something. */
export function shared(
  look: (askerVersion: string | undefined) => Promise<Diagnosis>,
): (askerVersion: string | undefined) => Promise<Diagnosis> {
  const looking = new Map<string | undefined, Promise<Diagnosis>>();
  return (askerVersion) => {
    const found = looking.get(askerVersion);
    if (found) return found;
    const started = look(askerVersion).finally(() => looking.delete(askerVersion));
    looking.set(askerVersion, started);
    return started;
  };
}
