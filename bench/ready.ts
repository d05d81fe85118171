/** How soon a daemon with everything on answers after it was started: installed and from sources, with its code compiled before and not. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Bench, type Measurement, SOURCES } from "./bench.ts";
import { startDaemon } from "./daemon.ts";
import { homeWithEverythingOn } from "./everything-on.ts";
import { interleave, median } from "./figures.ts";
import { installPackage } from "./installed-package.ts";
import type { Row } from "./rows.ts";

const ROUNDS = { full: 12, quick: 4 };

export const ready: Measurement = {
  name: "ready",
  async measure(bench) {
    const home = homeWithEverythingOn(bench, "ready");
    const installed = bench.isBuilt ? installPackage(bench.directory("ready-installed")) : undefined;
    const program = installed?.daemon ?? bench.program;
    const warm = { home, program, compileCache: join(home, "cache") };
    const warmSources = { home, program: SOURCES, compileCache: join(home, "cache-of-sources") };
    // The caches are filled, and the store is there.
    await once(bench, warm);
    await once(bench, warmSources);
    const took = await interleave(bench.quick ? ROUNDS.quick : ROUNDS.full, {
      node: async () => spawnNode(),
      warm: () => once(bench, warm),
      uncompiled: () => once(bench, { ...warm, compileCache: null }),
      newHome: (round) => once(bench, { home: homeWithEverythingOn(bench, `ready-new-${round}`), program }),
      warmSources: () => once(bench, warmSources),
      uncompiledSources: () => once(bench, { ...warmSources, compileCache: null }),
    });
    const row = (what: string, values: readonly number[], atMost?: number): Row => ({
      what: `spawn → ping answered, ${what}, against node -e 0`,
      unit: "ms",
      baseline: median(took.node),
      ours: median(values),
      ...(atMost !== undefined && { goal: { atMost } }),
    });
    const from = bench.isBuilt ? "installed" : "from sources";
    return [
      row(`${from}, compiled before`, took.warm, bench.isBuilt ? READY_MS : READY_FROM_SOURCES_MS),
      row(`${from}, no compile cache`, took.uncompiled),
      row(`${from}, first start of a new home`, took.newHome),
      row("from sources, compiled before", took.warmSources, READY_FROM_SOURCES_MS),
      row("from sources, no compile cache", took.uncompiledSources),
    ];
  },
};

const READY_MS = 150;
const READY_FROM_SOURCES_MS = 300;

async function once(bench: Bench, start: Parameters<typeof startDaemon>[1]): Promise<number> {
  const daemon = await startDaemon(bench, start);
  await daemon.stop();
  return daemon.readyMs;
}

function spawnNode(): number {
  const began = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - began;
}
