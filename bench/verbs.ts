/** What a call on the command line takes, launcher included, against a Node that does nothing. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, type Measurement, ROOT } from "./bench.ts";
import { startDaemon, writeSettings } from "./daemon.ts";
import { interleave, median, pause, percentile } from "./figures.ts";
import { installPackage } from "./installed-package.ts";
import type { Row } from "./rows.ts";
import { calls, type Fixture, furnish, NOT_MEASURED, SETTINGS } from "./verbs-calls.ts";

const ROUNDS = { full: 40, quick: 8 };
/** On a busy machine the fastest tenth of both tells more than the median does. */
const CALM_SHARE = 0.1;
/** After a call that changes something: what it set going is not to fall on the next one, in ms. */
const REST_MS = 40;

export const verbs: Measurement = {
  name: "verbs",
  async measure(bench) {
    if (!bench.isBuilt) return [];
    const home = bench.directory("verbs");
    writeSettings(home, SETTINGS);
    const rounds = bench.quick ? ROUNDS.quick : ROUNDS.full;
    const daemon = await startDaemon(bench, { home });
    try {
      const fixture = await furnish(daemon.rpc, rounds + 1);
      for (const missing of unknownVerbs()) bench.say(`  nothing is known of how to call: ${missing}`);
      return await measureAll(bench, home, fixture, rounds);
    } finally {
      for (const { taskId } of (await daemon.rpc.call<{ tasks: { taskId: string }[] }>("task.list", RUNNING)).tasks) {
        await daemon.rpc.call("task.cancel", { taskId });
        await daemon.rpc.call("task.wait", { taskId, waitMs: 10_000 });
      }
      await daemon.stop();
    }
  },
};

const GOAL = { ratioAtMost: 1.3 };
const RUNNING = { state: "running", limit: 500 };

async function measureAll(bench: Bench, home: string, fixture: Fixture, rounds: number): Promise<Row[]> {
  const { steward, path } = installPackage(bench.directory("installed"));
  const env = { ...process.env, PATH: path, STEWARD_HOME: home };
  const run = (program: string, args: readonly string[]): number => {
    const began = performance.now();
    const { status, stderr } = spawnSync(program, args, { env, cwd: home });
    const took = performance.now() - began;
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
    return took;
  };
  const empty = join(home, "empty.cjs");
  writeFileSync(empty, "");
  const node = async () => run(process.execPath, ["-e", "0"]);
  const against = async (what: string, ours: (round: number) => number, changes: boolean): Promise<Row> => {
    ours(rounds); // not counted: loads the files, and shows that it works
    const values = await interleave(rounds, {
      node,
      ours: async (round) => {
        const took = ours(round);
        if (changes) await pause(REST_MS);
        return took;
      },
    });
    const calm = percentile(values.ours, CALM_SHARE) / percentile(values.node, CALM_SHARE);
    return {
      what,
      unit: "ms",
      baseline: median(values.node),
      ours: median(values.ours),
      note: `at p10 ${calm.toFixed(2)} x`,
    };
  };
  const rows = [await against("node empty.cjs, against node -e 0", () => run(process.execPath, [empty]), false)];
  for (const { verb, args, changes = false, isComposite = false } of calls(fixture)) {
    try {
      const call = (round: number) => run(steward, [...verb.split(" "), ...args(round)]);
      const row = await against(`steward ${verb}`, call, changes);
      rows.push(isComposite ? row : { ...row, goal: GOAL });
    } catch (error) {
      bench.say(`  steward ${verb} could not be measured: ${error instanceof Error ? error.message : error}`);
    }
  }
  return rows;
}

/** Operations that the command line offers and this measurement does not know. */
function unknownVerbs(): string[] {
  const directory = join(ROOT, "dist", "catalogue");
  const offered = readdirSync(directory).flatMap((file) => {
    const noun = file.replace(/\.json$/, "");
    const verbsOf = Object.keys(JSON.parse(readFileSync(join(directory, file), "utf8")));
    return verbsOf.map((verb) => `${noun} ${verb}`.trim());
  });
  const known = new Set([...calls(UNFURNISHED).map(({ verb }) => verb), ...NOT_MEASURED]);
  return offered.filter((verb) => !known.has(verb));
}

const UNFURNISHED: Fixture = {
  finished: "",
  run: "",
  queued: [],
  cancelled: [],
  parked: [],
  live: [],
  tokens: [],
  queueFile: "",
};
