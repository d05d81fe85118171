/** What this machine allows for holding all processes of a run together, found out by really doing it. */
import { existsSync } from "node:fs";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Identity } from "./identity.ts";
import { cgroupBase, cgroupKeeper, cgroupOf, enterCgroup, leaveCgroup, sweepCgroups } from "./keep-cgroup.ts";
import { namespaceKeeper } from "./keep-namespace.ts";
import { scanKeeper } from "./keep-scan.ts";
import type { Keeper, Kept } from "./keeper.ts";
import { type Proc, systemProc } from "./proc.ts";
import { tryEscape } from "./try-escape.ts";

export const CUSTODY_LEVELS = ["namespace", "cgroup", "scan"] as const;
export type CustodyLevel = (typeof CUSTODY_LEVELS)[number];

export interface TriedLevel {
  readonly level: CustodyLevel;
  readonly works: boolean;
  readonly why: string;
}

export interface Custody {
  readonly level: CustodyLevel;
  /** One sentence: how runs are held. */
  readonly how: string;
  /** One sentence: what gets away all the same. */
  readonly hole: string | null;
  readonly tried: readonly TriedLevel[];
  /** Stands before a wrapper's argv. */
  readonly prefix: readonly string[];
  /** Takes in a wrapper that still waits at the gate. Throws when it cannot. */
  admit(identity: Identity): void;
  /** Goes by the run, not by today's level: an earlier daemon may have launched it under another one. */
  keeperOf(identity: Identity): Keeper;
  /** To be called every few seconds with the live runs. Costs something only at level `scan`: one look at all processes. */
  observe(runs: readonly Kept[]): void;
  /** When a run is gone, nothing has to be remembered of it. */
  forget(identity: Identity): void;
}

export interface ProbeOptions {
  readonly clock?: Clock;
  readonly proc?: Proc;
  /** Where `unshare`, `setsid` and `env` are looked for. */
  readonly path?: string;
  readonly isRoot?: boolean;
}

export class CustodyUnavailable extends Error {
  readonly tried: readonly TriedLevel[];
  constructor(tried: readonly TriedLevel[]) {
    super(`This machine does not allow the custody asked for. ${tried.map(({ why }) => why).join(" ")}`);
    this.name = "CustodyUnavailable";
    this.tried = tried;
  }
}

/** The safe default where the daemon's own environment has no PATH. */
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const AS_ROOT = ["unshare", "--pid", "--fork", "--mount-proc", "--propagation", "slave"];
const AS_USER = ["unshare", "--user", "--map-current-user", "--pid", "--fork", "--mount-proc"];

/** Throws `CustodyUnavailable` when one level was asked for and does not work; `auto` always finds one. */
export async function probeCustody(
  wanted: CustodyLevel | "auto",
  {
    clock = systemClock,
    proc = systemProc,
    path = process.env.PATH ?? SYSTEM_PATH,
    isRoot = process.geteuid?.() === 0,
  }: ProbeOptions = {},
): Promise<Custody> {
  const base = cgroupBase(proc);
  if (base) sweepCgroups(base, proc);
  const tried: TriedLevel[] = [];
  for (const candidate of candidates(base, isRoot)) {
    if (wanted !== "auto" && candidate.level !== wanted) continue;
    const failure = await failureOf(candidate, { base, clock, proc, path });
    tried.push({ level: candidate.level, works: failure === null, why: failure ?? candidate.how });
    if (failure === null) return custodyOf(candidate, tried, base, proc);
  }
  throw new CustodyUnavailable(tried);
}

interface Candidate {
  readonly level: CustodyLevel;
  readonly prefix: readonly string[];
  readonly how: string;
  readonly hole: string | null;
}

interface Surroundings {
  readonly base: string | undefined;
  readonly clock: Clock;
  readonly proc: Proc;
  readonly path: string;
}

function candidates(base: string | undefined, isRoot: boolean): Candidate[] {
  const withUser: Candidate = {
    level: "namespace",
    prefix: AS_USER,
    how: "Each run has a pid namespace of its own, within a user namespace: when its init ends, the kernel ends the rest.",
    hole: null,
  };
  const asRoot: Candidate = {
    level: "namespace",
    prefix: AS_ROOT,
    how: "Each run has a pid namespace of its own: when its init ends, the kernel ends all the rest.",
    hole: null,
  };
  return [
    ...(isRoot ? [asRoot, withUser] : [withUser]),
    {
      level: "cgroup",
      prefix: [],
      how: `Each run has a cgroup of its own below ${base ?? "a cgroup2 mount"}, ended as one by cgroup.kill.`,
      hole: "A process that may write to the cgroup tree, as root may, can move itself out.",
    },
    {
      level: "scan",
      prefix: [],
      how: "Runs are held by looking: marker in the environment, process tree, session and known descendants, until three looks find nothing.",
      hole: "A process that clears its environment, takes a session of its own and forks twice between two looks gets away.",
    },
  ];
}

async function failureOf(candidate: Candidate, { base, clock, proc, path }: Surroundings): Promise<string | null> {
  if (candidate.level === "cgroup" && !base) return "cgroup: no cgroup2 hierarchy is mounted that we are in.";
  const custody = custodyOf(candidate, [], base, proc);
  try {
    await tryEscape({ ...custody, keepsMarker: candidate.level === "scan" }, { clock, proc, path });
    return null;
  } catch (error) {
    return `${candidate.level} (${candidate.prefix.join(" ") || "no prefix"}): ${error instanceof Error ? error.message : error}.`;
  }
}

function custodyOf(
  { level, how, hole, prefix }: Candidate,
  tried: readonly TriedLevel[],
  base: string | undefined,
  proc: Proc,
): Custody {
  const byNamespace = namespaceKeeper(proc);
  const byCgroup = base === undefined ? undefined : cgroupKeeper(base, proc);
  const byScan = scanKeeper(proc);

  function keeperOf(identity: Identity): Keeper {
    if (identity.namespace !== null) return byNamespace;
    if (base !== undefined && byCgroup && existsSync(cgroupOf(base, identity))) return byCgroup;
    return byScan;
  }

  return {
    level,
    how,
    hole,
    tried,
    prefix,
    admit(identity) {
      if (level === "cgroup" && base !== undefined) enterCgroup(base, identity);
    },
    keeperOf,
    observe: (runs) => byScan.observe(runs.filter(({ identity }) => keeperOf(identity) === byScan)),
    forget(identity) {
      byScan.forget(identity);
      if (base !== undefined) leaveCgroup(base, identity);
    },
  };
}
