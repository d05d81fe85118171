/** From a submit until the agent's first instruction runs, against spawning the same program bare after one synced commit. */
import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Bell, openBell } from "./bell.ts";
import type { Measurement } from "./bench.ts";
import { type BenchDaemon, startDaemon, writeSettings } from "./daemon.ts";
import { interleave, median, pause, percentile } from "./figures.ts";

const PAIRS = { full: 60, quick: 15 };
/** Runs that are wanted at once in the second row. */
const BURST = 8;
const BURSTS = { full: 10, quick: 3 };
/** Before each start, so that neither arm meets what the other left behind, in ms. */
const REST_MS = 30;
const SETTLED_MS = 30_000;

export const launch: Measurement = {
  name: "launch",
  async measure(bench) {
    const home = bench.directory("launch");
    const bell = openBell(join(home, "bell"));
    const agent = ["/bin/sh", "-c", `echo >'${bell.path}'`];
    writeSettings(home, {
      host: { maxRuns: BURST },
      agents: { probe: { runtime: "command", command: agent } },
      roles: { default: { agent: "probe", wipLimit: BURST } },
    });
    const daemon = await startDaemon(bench, { home });
    const bare = bareSpawner(home, agent);
    try {
      await interleave(3, { bare: () => start(1, bare, bell), ours: () => submit(1, daemon, bell) });
      const one = await interleave(bench.quick ? PAIRS.quick : PAIRS.full, {
        bare: () => start(1, bare, bell),
        ours: () => submit(1, daemon, bell),
      });
      const many = await interleave(bench.quick ? BURSTS.quick : BURSTS.full, {
        bare: () => start(BURST, bare, bell),
        ours: () => submit(BURST, daemon, bell),
      });
      return [
        {
          what: "submit → agent exists, against commit + bare spawn",
          unit: "ms",
          baseline: median(one.bare),
          ours: median(one.ours),
          goal: { ratioAtMost: 1.5 },
          note: `p90 ${percentile(one.bare, 0.9).toFixed(1)} / ${percentile(one.ours, 0.9).toFixed(1)} ms`,
        },
        {
          what: `the same, ${BURST} at once, until the last exists`,
          unit: "ms",
          baseline: median(many.bare),
          ours: median(many.ours),
        },
      ];
    } finally {
      await daemon.stop();
      bell.close();
    }
  },
};

async function submit(times: number, { rpc }: BenchDaemon, bell: Bell): Promise<number> {
  await pause(REST_MS);
  const rung = bell.rung(times);
  const began = performance.now();
  const answers = Array.from({ length: times }, () => rpc.call<{ taskId: string }>("task.submit", { prompt: "ring" }));
  await rung;
  const took = performance.now() - began;
  for (const { taskId } of await Promise.all(answers)) await rpc.call("task.wait", { taskId, waitMs: SETTLED_MS });
  return took;
}

async function start(times: number, bare: () => Promise<void>, bell: Bell): Promise<number> {
  await pause(REST_MS);
  const rung = bell.rung(times);
  const began = performance.now();
  const ended = Array.from({ length: times }, bare);
  await rung;
  const took = performance.now() - began;
  await Promise.all(ended);
  return took;
}

/** What somebody would write who wants the task kept and the agent detached, and nothing else. Resolves when it has ended. */
function bareSpawner(home: string, [program = "", ...args]: readonly string[]): () => Promise<void> {
  const db = new DatabaseSync(join(home, "bare.db"));
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE task(id INTEGER PRIMARY KEY, prompt TEXT)");
  const insert = db.prepare("INSERT INTO task(prompt) VALUES (?)");
  const prompt = join(home, "bare-prompt");
  writeFileSync(prompt, "ring");
  let number = 0;
  return () => {
    insert.run("ring");
    number += 1;
    const files = [
      openSync(prompt, "r"),
      openSync(join(home, `bare-${number}.out`), "a"),
      openSync(join(home, `bare-${number}.err`), "a"),
    ];
    const child = spawn(program, args, { detached: true, stdio: files, cwd: home });
    for (const fd of files) closeSync(fd);
    return new Promise((resolve) => child.once("exit", () => resolve()));
  };
}
