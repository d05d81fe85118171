/** Custody by a cgroup v2 of the run's own: membership is inherited by every child and ended as one (cgroup.kill). */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "./identity.ts";
import type { Keeper } from "./keeper.ts";
import { type Proc, type ProcessKey, statOf } from "./proc.ts";

const PREFIX = "steward-";

/**
 * Our own group in the cgroup2 hierarchy, where runs get their children groups; undefined when there is none.
 * cgroups(7): the line `0::/path` of /proc/self/cgroup is v2. Groups of v1 hierarchies (memory limits!) are not touched.
 */
export function cgroupBase(proc: Proc): string | undefined {
  const mount = proc
    .read("mounts")
    ?.split("\n")
    .map((line) => line.split(" "))
    .find(([, , type]) => type === "cgroup2")?.[1];
  const own = /^0::(\/.*)$/m.exec(proc.read("self/cgroup") ?? "")?.[1];
  if (mount === undefined || own === undefined) return undefined;
  const base = join(mount, own);
  return existsSync(base) ? base : undefined;
}

/** Where the run with this wrapper lives: known from its identity alone, so it is found again after a restart. */
export function cgroupOf(base: string, key: ProcessKey): string {
  return join(base, `${PREFIX}${key.pid}-${key.startTicks}`);
}

/** Moves a wrapper, while it has no children yet, into a group of its own. Throws when the kernel refuses. */
export function enterCgroup(base: string, identity: Identity): void {
  const group = cgroupOf(base, identity);
  mkdirSync(group, { recursive: true });
  writeFileSync(join(group, "cgroup.procs"), `${identity.pid}`);
}

export function cgroupKeeper(base: string, proc: Proc): Keeper {
  return {
    members: ({ identity }) =>
      processesBelow(cgroupOf(base, identity), proc).filter((member) => member.pid !== identity.pid),
    kill({ identity }) {
      try {
        writeFileSync(join(cgroupOf(base, identity), "cgroup.kill"), "1");
      } catch {
        // The group is gone, and with it everything that was in it.
      }
    },
    emptyLooks: 1,
  };
}

/** Removes the empty group of a run that is gone; one that still holds something stays (the kernel sees to that). */
export function leaveCgroup(base: string, key: ProcessKey): void {
  removeEmptyGroup(cgroupOf(base, key));
}

/** Removes what daemons before us left behind, except where a wrapper still lives. */
export function sweepCgroups(base: string, proc: Proc): void {
  for (const name of namesIn(base)) {
    const [, pid, startTicks] = /^steward-(\d+)-(\d+)$/.exec(name) ?? [];
    if (!pid || statOf(Number(pid), proc)?.startTicks === Number(startTicks)) continue;
    removeEmptyGroup(join(base, name));
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function processesBelow(group: string, proc: Proc): ProcessKey[] {
  try {
    const own = readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
    // An agent may have made groups below ours.
    const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [
      ...own.flatMap((pid) => statOf(Number(pid), proc) ?? []),
      ...below.flatMap((entry) => processesBelow(join(group, entry.name), proc)),
    ];
  } catch {
    return [];
  }
}

function removeEmptyGroup(group: string): void {
  try {
    const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const entry of below) removeEmptyGroup(join(group, entry.name));
    rmdirSync(group);
  } catch {
    // Already gone, or not empty.
  }
}
