/** How the daemon is, gathered from everything it is made of. */
import type * as z from "zod";
import type { CatalogSource } from "../agent/catalog.ts";
import { agentLimits } from "../agent/limit.store.ts";
import { limitSentence } from "../agent/limit.ts";
import type { Limits } from "../config/limits.ts";
import type { Clock } from "../core/clock.ts";
import { projectNames } from "../project/project.store.ts";
import type { Engine } from "../run/engine.ts";
import type { Custody } from "../run/process/custody.ts";
import { roleSwitches } from "../run/role/role-switch.store.ts";
import { pausedSentence } from "../run/role/role-switch.ts";
import type { Reader, Store } from "../store/store.ts";
import { taskStats } from "../task/task.operations.ts";
import type { DaemonStatus } from "./daemon.operations.ts";
import type { Memory } from "./memory.ts";

export interface StatusOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly custody: Custody;
  readonly catalog: CatalogSource;
  readonly limits: () => Limits;
  readonly maxRuns: () => number;
  readonly home: string;
  readonly host: string;
  readonly version: string;
  readonly addresses: () => string[];
  readonly clients: () => number;
  readonly settingsSource: () => "file" | "defaults";
  readonly settingsProblems: () => readonly string[];
  readonly isStopping: () => boolean;
  readonly memory: Memory;
  readonly lastEnd: { readonly at: string; readonly reason: string } | null;
  /** Each as a sentence. */
  readonly projectProblems: () => Promise<readonly string[]>;
  /** What else is not as it should be. */
  readonly moreProblems: () => readonly (string | undefined)[];
}

export type Status = z.input<typeof DaemonStatus>;

export function createStatus(options: StatusOptions): () => Promise<Status> {
  const { store, clock, engine, custody, catalog } = options;
  const startedAt = clock.monotonic();
  let cpu = process.cpuUsage();
  let cpuAt = startedAt;

  /** Since it was last asked; the very first moments say nothing. */
  function cpuPercent(): number {
    const now = clock.monotonic();
    const used = process.cpuUsage(cpu);
    const percent = now - cpuAt < 1 ? 0 : (used.user + used.system) / 10 / (now - cpuAt);
    cpu = process.cpuUsage();
    cpuAt = now;
    return round(percent);
  }

  async function problems(): Promise<string[]> {
    const trouble = engine.problem();
    const unhealthy = [...catalog.current().unhealthy].map(
      ([agent, why]) => `The agent "${agent}" is unhealthy: ${why}.`,
    );
    const limits = [...(await agentLimits(store.read)).values()];
    const limited = limits.filter(({ agent }) => catalog.current().agents.has(agent)).map(limitSentence);
    const more = [trouble, options.memory.problem(), ...options.moreProblems()].filter((text) => text !== undefined);
    return [...options.settingsProblems(), ...(await options.projectProblems()), ...more, ...unhealthy, ...limited];
  }

  return async () => ({
    state: options.isStopping() ? "stopping" : engine.standby ? "standby" : "active",
    pid: process.pid,
    version: options.version,
    uptimeSeconds: Math.round((clock.monotonic() - startedAt) / 1000),
    memoryMb: options.memory.usedMb(),
    memoryLimitMb: options.memory.limitMb(),
    cpuPercent: cpuPercent(),
    addresses: options.addresses(),
    home: options.home,
    host: options.host,
    clients: options.clients(),
    custody: { level: custody.level, how: custody.how, hole: custody.hole },
    store: { kind: store.dialect.name, address: store.address },
    settings: options.settingsSource(),
    tasks: await taskStats(store.read),
    runs: { live: engine.liveRuns(), max: options.maxRuns() },
    lastEnd: options.lastEnd,
    pausedRoles: await pausedRoles(store.read),
    problems: await problems(),
  });
}

async function pausedRoles(read: Reader): Promise<string[]> {
  const off = (await roleSwitches(read)).filter(({ state }) => state === "off");
  if (off.length === 0) return [];
  const nameOf = await projectNames(read);
  return off.map((said) => pausedSentence(said, said.project_id === null ? "" : nameOf(said.project_id)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
