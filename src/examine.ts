/** The doctor, put together for whoever asks: the daemon of itself, or the command line when no daemon answers. */
import { LIMIT_DEFAULTS } from "./config/limits.ts";
import { readSettings } from "./config/load.ts";
import { formatProblem } from "./config/problem.ts";
import { systemClock } from "./core/clock.ts";
import type { HomePaths } from "./core/home.ts";
import { CHECKS } from "./daemon/doctor/checks.ts";
import { type Diagnosis, diagnose } from "./daemon/doctor/doctor.ts";
import type { DaemonSeen, SettingsSeen } from "./daemon/doctor/finding.ts";
import { danglingReferences, fragments } from "./settings.ts";
import { migrations } from "./tables.ts";

export interface Examine {
  readonly paths: HomePaths;
  readonly version: string;
  readonly askerVersion?: string | undefined;
  readonly daemon: DaemonSeen;
  readonly http?: { readonly host: string; readonly port: number } | undefined;
}

/** Where HTTP is listened for unless the settings say otherwise. */
const HTTP = { host: "127.0.0.1", port: 8000 } as const;

export function examine({ paths, version, askerVersion, daemon, http = HTTP }: Examine): Promise<Diagnosis> {
  const settings = settingsSeen(paths.settings);
  const around = { paths, version, askerVersion, daemon, http, settings, migrations };
  return diagnose(CHECKS, { ...around, clock: systemClock, env: process.env });
}

function settingsSeen(path: string): SettingsSeen {
  const read = readSettings(path, fragments);
  if (!read.ok) {
    const broken = read.problems.map(formatProblem);
    return { source: "file", broken, dangling: [], limits: LIMIT_DEFAULTS, custody: "auto", agents: {} };
  }
  const { limits, host, agents } = read.settings;
  const dangling = danglingReferences(read.settings);
  return { source: read.source, broken: [], dangling, limits, custody: host.custody, agents };
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
