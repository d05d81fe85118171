/** After kill -9: how long until a new daemon has taken all live runs over, against one that finds none. */
import { readFileSync } from "node:fs";
import { homePaths } from "../src/core/home.ts";
import type { Measurement } from "./bench.ts";
import { type BenchDaemon, startDaemon, writeSettings } from "./daemon.ts";
import { median, pause } from "./figures.ts";

const RUNS = 50;
const ROUNDS = { full: 8, quick: 3 };
/** Agents end by themselves, should nobody end them, in s. */
const STAY_S = 240;
const LIVE_LIMIT_MS = 60_000;

export const adoption: Measurement = {
  name: "adoption",
  async measure(bench) {
    const home = bench.directory("adoption");
    const emptyHome = bench.directory("adoption-of-none");
    for (const each of [home, emptyHome]) {
      writeSettings(each, SETTINGS);
      // A daemon keeps its compiled code when it is stopped, not when it is killed.
      await (await startDaemon(bench, { home: each })).stop();
    }
    let daemon = await startDaemon(bench, { home });
    const tasks = await startRuns(daemon);
    const took = { none: [] as number[], all: [] as number[], only: [] as number[] };
    try {
      for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round++) {
        const none = await startDaemon(bench, { home: emptyHome });
        await none.kill();
        await daemon.kill();
        daemon = await startDaemon(bench, { home });
        const live = await liveRuns(daemon);
        if (live !== RUNS) throw new Error(`of ${RUNS} runs ${live} were adopted`);
        took.none.push(none.readyMs);
        took.all.push(daemon.readyMs);
        took.only.push(adoptingMs(home));
      }
    } finally {
      for (const taskId of tasks) await daemon.rpc.call("task.cancel", { taskId });
      for (const taskId of tasks) await daemon.rpc.call("task.wait", { taskId, waitMs: LIVE_LIMIT_MS });
      await daemon.stop();
    }
    return [
      {
        what: `kill -9 → new daemon answers with ${RUNS} runs adopted, against with none`,
        unit: "ms",
        baseline: median(took.none),
        ours: median(took.all),
        note: `first to last adopted: ${median(took.only)} ms`,
      },
    ];
  },
};

const SETTINGS = {
  host: { maxRuns: RUNS },
  agents: { stays: { runtime: "command", command: ["sleep", String(STAY_S)] } },
  roles: { default: { agent: "stays", wipLimit: RUNS } },
};

async function startRuns(daemon: BenchDaemon): Promise<string[]> {
  const answers = Array.from({ length: RUNS }, () =>
    daemon.rpc.call<{ taskId: string }>("task.submit", { prompt: "-" }),
  );
  const tasks = (await Promise.all(answers)).map(({ taskId }) => taskId);
  for (const until = performance.now() + LIVE_LIMIT_MS; (await liveRuns(daemon)) < RUNS; await pause(20)) {
    if (performance.now() > until) throw new Error(`${RUNS} runs did not come to live`);
  }
  return tasks;
}

async function liveRuns({ rpc }: BenchDaemon): Promise<number> {
  const { runs } = await rpc.call<{ runs: unknown[] }>("run.list", { state: "running", limit: 500 });
  return runs.length;
}

/** As the newest daemon's log tells it, to the ms. */
function adoptingMs(home: string): number {
  const lines = readFileSync(homePaths(home).log, "utf8").trimEnd().split("\n");
  const times = lines
    .map((line) => JSON.parse(line) as { msg?: string; time: string | number })
    .filter(({ msg }) => msg === "run adopted")
    .slice(-RUNS)
    .map(({ time }) => new Date(time).getTime());
  return Math.max(...times) - Math.min(...times);
}
