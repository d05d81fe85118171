/** What the kernel lets this user have at once: files, processes, watches. */
import { readFile } from "node:fs/promises";
import { type Check, type Finding, ok, type Surroundings, warning } from "./finding.ts";

/** Files that the daemon keeps open beside its clients and runs. */
const OWN_FILES = 128;
/** Per run: its gate, its outputs, its watch. */
const FILES_PER_RUN = 8;
const FEW_PROCESSES = 1_024;
const FEW_WATCHES = 8_192;
const FEW_INSTANCES = 64;

export const kernelLimits: Check = {
  subject: "limits",
  async run(around) {
    const findings = [...(await resources(around)), ...(await inotify())];
    return findings.length > 0 ? findings : [ok("Open files, processes and file watches are enough.")];
  },
};

/** proc(5), /proc/pid/limits: of this process, which is the daemon where one answers. */
async function resources({ settings, daemon }: Surroundings): Promise<Finding[]> {
  const text = await readFile("/proc/self/limits", "latin1").catch(() => "");
  const runs = daemon.answers ? daemon.status.runs.max : 1;
  const wanted = OWN_FILES + settings.limits.clients + runs * FILES_PER_RUN;
  const files = softLimit(text, "Max open files");
  const processes = softLimit(text, "Max processes");
  return [
    ...(files < wanted
      ? [
          warning(
            `Only ${files} files may be open at once; ${wanted} may be wanted for the clients and runs that are allowed.`,
            "Raise it (ulimit -n, LimitNOFILE= of the unit), or lower limits.clients.",
          ),
        ]
      : []),
    ...(processes < FEW_PROCESSES
      ? [
          warning(
            `Only ${processes} processes may exist for this user at once.`,
            "Raise it (ulimit -u, TasksMax= of the unit): agents start many.",
          ),
        ]
      : []),
  ];
}

/** Infinite where it is unlimited or nobody says. */
function softLimit(text: string, name: string): number {
  const value = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(text)?.[1];
  return value === undefined || value === "unlimited" ? Number.POSITIVE_INFINITY : Number(value);
}

/** inotify(7); watches of the exits and of outputs are among them. */
async function inotify(): Promise<Finding[]> {
  const few = async (name: string, least: number, what: string): Promise<Finding[]> => {
    const value = Number(await readFile(`/proc/sys/fs/inotify/${name}`, "latin1").catch(() => "Infinity"));
    return value >= least
      ? []
      : [
          warning(
            `Only ${value} ${what} may exist for this user (fs.inotify.${name}).`,
            `sysctl fs.inotify.${name}=${least * 8}`,
          ),
        ];
  };
  return [
    ...(await few("max_user_watches", FEW_WATCHES, "file watches")),
    ...(await few("max_user_instances", FEW_INSTANCES, "watching programs")),
  ];
}
