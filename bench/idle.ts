/** What a daemon costs that has nothing to do: memory, and processor time over a minute; and its memory after work. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Measurement } from "./bench.ts";
import { type BenchDaemon, startDaemon, writeSettings } from "./daemon.ts";
import { pause } from "./figures.ts";
import type { Row } from "./rows.ts";

const WATCHED_MS = { full: 60_000, quick: 15_000 };
/** Until what starting left behind is cleared away, in ms. */
const CALM_MS = 10_000;
/** Calls of the load after which the memory of a second daemon is read. */
const LOAD_CALLS = 4_000;
const CPU_GOAL_MS_A_MINUTE = 50;

export const idle: Measurement = {
  name: "idle",
  async measure(bench) {
    const node = bench.spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"], { stdio: "ignore" });
    const fresh = await startDaemon(bench, { home: homeOf(bench, "idle") });
    const loaded = await startDaemon(bench, { home: homeOf(bench, "idle-after-load") });
    try {
      await load(loaded);
      await pause(CALM_MS);
      const bare = memoryOf(node.pid ?? 0);
      const atRest = memoryOf(fresh.pid);
      const afterLoad = memoryOf(loaded.pid);
      const watchedMs = bench.quick ? WATCHED_MS.quick : WATCHED_MS.full;
      const before = cpuMsOf(fresh.pid);
      await pause(watchedMs);
      const cpuMs = cpuMsOf(fresh.pid) - before;
      return [
        memory("resident memory of an idle daemon, against an idle Node", bare, atRest, 80),
        memory(`resident memory 10 s after ${LOAD_CALLS} calls, against an idle Node`, bare, afterLoad, 110),
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

function homeOf(bench: Bench, name: string): string {
  const home = bench.directory(name);
  writeSettings(home, {
    agents: { never: { runtime: "command", command: ["true"] } },
    roles: { default: { agent: "never", wipLimit: 0 } },
  });
  return home;
}

async function load({ rpc }: BenchDaemon): Promise<void> {
  for (let call = 0; call < LOAD_CALLS; call += 4) {
    const { taskId } = await rpc.call<{ taskId: string }>("task.submit", { prompt: "Fix the flaky test" });
    await rpc.call("task.get", { taskId });
    await rpc.call("task.list", { limit: 20 });
    await rpc.call("daemon.status");
  }
}

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
