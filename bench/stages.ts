/** From the end of one role's stage until the next agent exists, against a program that starts the next when the first has ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Bell, openBell } from "./bell.ts";
import type { Measurement } from "./bench.ts";
import { type BenchDaemon, startDaemon, writeSettings } from "./daemon.ts";
import { interleave, median, pause, percentile } from "./figures.ts";
import type { Row } from "./rows.ts";

const ROUNDS = { full: 60, quick: 10 };
/** Before each, so that neither arm meets what the other left behind, in ms. */
const REST_MS = 30;
const SETTLED_MS = 30_000;
/** How long the first agent and a gate work: less than any real one, and enough that nothing of its start is left to do. */
const WORK_SECONDS = 0.06;
const SOON = { addsAtMost: 10 };
const GATE = ["/bin/sh", "-c", `sleep ${WORK_SECONDS}`];

export const stages: Measurement = {
  name: "stages",
  async measure(bench) {
    const home = bench.directory("stages");
    const bell = openBell(join(home, "bell"));
    const rings = `echo >'${bell.path}'`;
    const first = ["/bin/sh", "-c", `sleep ${WORK_SECONDS}; ${rings}`];
    const second = ["/bin/sh", "-c", rings];
    writeSettings(home, {
      agents: {
        first: { runtime: "command", command: first },
        second: { runtime: "command", command: second },
      },
      roles: {
        builder: { agent: "first", next: { completed: "tester" } },
        gated: {
          agent: "first",
          gates: [{ name: "gate", command: GATE }],
          next: { completed: "tester" },
        },
        tester: { agent: "second" },
      },
    });
    const daemon = await startDaemon(bench, { home });
    const bare = bareRelay(home, first, second);
    try {
      const arms = {
        bare: () => between(bell, bare.relay([])),
        bareGate: () => between(bell, bare.relay([GATE])),
        ours: () => between(bell, submitted(daemon, "builder")),
        oursGate: () => between(bell, submitted(daemon, "gated")),
      };
      await interleave(3, arms);
      const took = await interleave(bench.quick ? ROUNDS.quick : ROUNDS.full, arms);
      const row = (what: string, base: readonly number[], ours: readonly number[]): Row => ({
        what,
        unit: "ms",
        baseline: median(base),
        ours: median(ours),
        note: `+${(median(ours) - median(base)).toFixed(1)} ms; p90 ${percentile(base, 0.9).toFixed(1)} / ${percentile(ours, 0.9).toFixed(1)} ms`,
      });
      return [
        {
          ...row("a stage's end → the next agent exists, against commit + bare spawn", took.bare, took.ours),
          goal: SOON,
        },
        row("the same with a gate between, against two of each", took.bareGate, took.oursGate),
      ];
    } finally {
      await daemon.stop();
      bell.close();
      bare.close();
    }
  },
};

/** Ms from the first ring, which is the last that the first agent does, to the second, which is the first of the other. */
async function between(bell: Bell, work: () => Promise<void>): Promise<number> {
  await pause(REST_MS);
  const rung = bell.rung(2);
  const done = work();
  const [first = 0, second = 0] = await rung;
  await done;
  return second - first;
}

function submitted({ rpc }: BenchDaemon, role: string): () => Promise<void> {
  return async () => {
    const { taskId } = await rpc.call<{ taskId: string }>("task.submit", { prompt: "ring", role });
    await rpc.call("task.wait", { taskId, waitMs: SETTLED_MS });
  };
}

/** What somebody would write who wants each end kept before the next begins, and nothing else. */
function bareRelay(home: string, first: readonly string[], second: readonly string[]) {
  const db = new DatabaseSync(join(home, "relay.db"));
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE done(id INTEGER PRIMARY KEY, code INTEGER)");
  const keep = db.prepare("INSERT INTO done(code) VALUES (?)");
  const run = async ([command = "", ...rest]: readonly string[]) => {
    const [code] = await once(spawn(command, rest, { detached: true, stdio: "ignore", cwd: home }), "exit");
    keep.run(Number(code));
  };
  const relay = (gates: readonly (readonly string[])[]) => async () => {
    for (const command of [first, ...gates, second]) await run(command);
  };
  return { relay, close: () => db.close() };
}
