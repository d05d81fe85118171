/** What a daemon with everything on costs that has nothing to do: memory, and processor time over a minute; and its memory after work. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Measurement } from "./bench.ts";
import { startDaemon } from "./daemon.ts";
import { homeWithEverythingOn } from "./everything-on.ts";
import { pause } from "./figures.ts";
import { loadAllDoors } from "./idle-load.ts";
import { installPackage } from "./installed-package.ts";
import type { Row } from "./rows.ts";

/** Ends before the first duties begin, a minute after the start: they are work. */
const WATCHED_MS = { full: 40_000, quick: 15_000 };
/** Until what starting left behind is cleared away, in ms. */
const CALM_MS = 10_000;
/** Requests of the load after which the memory of a second daemon is read. */
const LOAD_REQUESTS = 4_000;
const FRESH_GOAL_MB = 85;
const LOADED_GOAL_MB = 110;
const CPU_GOAL_MS_A_MINUTE = 50;

export const idle: Measurement = {
  name: "idle",
  async measure(bench) {
    const node = bench.spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"], { stdio: "ignore" });
    const program = bench.isBuilt ? installPackage(bench.directory("idle-installed")).daemon : bench.program;
    const fresh = await startDaemon(bench, { home: homeWithEverythingOn(bench, "idle"), program });
    const loaded = await startDaemon(bench, { home: homeWithEverythingOn(bench, "idle-after-load"), program });
    try {
      await loadAllDoors(loaded, LOAD_REQUESTS);
      await pause(CALM_MS);
      const bare = memoryOf(node.pid ?? 0);
      const atRest = memoryOf(fresh.pid);
      const afterLoad = memoryOf(loaded.pid);
      const watchedMs = bench.quick ? WATCHED_MS.quick : WATCHED_MS.full;
      const before = cpuMsOf(fresh.pid);
      await pause(watchedMs);
      const cpuMs = cpuMsOf(fresh.pid) - before;
      return [
        memory("resident memory of a fresh daemon, everything on, against an idle Node", bare, atRest, FRESH_GOAL_MB),
        memory(
          `resident memory 10 s after ${LOAD_REQUESTS} requests over REST, JSON-RPC and MCP`,
          bare,
          afterLoad,
          LOADED_GOAL_MB,
        ),
        {
          what: `processor time of an idle daemon in ${watchedMs / 1000} s`,
          unit: "ms",
          ours: cpuMs,
          goal: { atMost: (CPU_GOAL_MS_A_MINUTE * watchedMs) / 60_000 },
        },
      ];
    } finally {
      node.kill();
      await fresh.stop();
      await loaded.stop();
    }
  },
};

interface Memory {
  readonly residentMb: number;
  readonly anonymousMb: number;
}

function memory(what: string, bare: Memory, ours: Memory, atMost: number): Row {
  return {
    what,
    unit: "MB",
    baseline: bare.residentMb,
    ours: ours.residentMb,
    goal: { atMost },
    note: `anonymous ${bare.anonymousMb.toFixed(1)} / ${ours.anonymousMb.toFixed(1)} MB`,
  };
}

/** proc(5), /proc/pid/status: in kB there. */
function memoryOf(pid: number): Memory {
  const status = readFileSync(join("/proc", String(pid), "status"), "utf8");
  const mb = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { residentMb: mb("VmRSS"), anonymousMb: mb("RssAnon") };
}

/** All its threads. /proc/pid/task/tid/schedstat begins with the ns on a processor; the ticks of /proc/pid/stat are too coarse. */
function cpuMsOf(pid: number): number {
  const threads = join("/proc", String(pid), "task");
  const nanoseconds = readdirSync(threads).map((thread) => {
    return Number(readFileSync(join(threads, thread, "schedstat"), "utf8").split(" ")[0]);
  });
  return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1e6;
}
