/** The file system below the home: is it one that a store can live on, and is there room? */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type Check, type Finding, note, ok, problem, warning } from "./finding.ts";

/** f_type of statfs(2), as linux/magic.h and the kernel's sources name them. */
const NETWORK: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB",
  16914839: "9p",
  12805120: "Ceph",
  1397113167: "AFS",
  198183888: "Lustre",
  1196443219: "GPFS",
};
const TMPFS = 0x01021994;
const FUSE = 0x65735546;

/** Below so many times the floor of free disk it is said beforehand. */
const SOON = 4;
/** Below this share of free inodes it is said beforehand. */
const FEW_INODES = 0.02;

export const disk: Check = {
  subject: "disk",
  async run({ paths, settings }) {
    const { type, bavail, bsize, files, ffree } = await statfs(nearest(paths.home));
    return [...kind(type >>> 0), room(bavail * bsize, settings.limits.freeDiskBytes), ...inodes(files, ffree)];
  },
};

/** What is not there yet will lie on the file system of what is. */
function nearest(path: string): string {
  return existsSync(path) || path === "/" ? path : nearest(dirname(path));
}

function kind(type: number): Finding[] {
  const network = NETWORK[type];
  if (network) {
    return [
      warning(
        `The home lies on a network file system (${network}), where SQLite's locks and its write-ahead log are not safe.`,
        "Put the home on a local disk.",
      ),
    ];
  }
  if (type === TMPFS)
    return [
      warning("The home lies in memory (tmpfs): it is gone when the machine restarts.", "Put the home on a disk."),
    ];
  if (type === FUSE)
    return [
      note("The home lies on a FUSE file system: whether a sync there really reaches a disk is for that to say."),
    ];
  return [];
}

function room(free: number, floor: number): Finding {
  const left = `${gib(free)} GiB are free`;
  if (free < floor)
    return problem(
      `Only ${left}; nothing is launched below ${gib(floor)} (limits.freeDiskBytes).`,
      "Make room, or run `steward store prune`.",
    );
  if (free < SOON * floor)
    return warning(
      `Only ${left}; nothing is launched below ${gib(floor)} (limits.freeDiskBytes).`,
      "Make room before it comes to that.",
    );
  return ok(`${left}.`);
}

/** Some file systems make inodes as they need them and count none. */
function inodes(all: number, free: number): Finding[] {
  if (all === 0 || free / all >= FEW_INODES) return [];
  const few = `Only ${free} of ${all} inodes are free`;
  const toDo = "Remove directories with many small files; `steward store prune` removes those of old runs.";
  return [free === 0 ? problem(`${few}: no file can be made.`, toDo) : warning(`${few}.`, toDo)];
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 2 : 0);
}
