/** What must hold after every fault, whatever it was: nothing acknowledged lost, nothing twice, the store whole, status true. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { openSqlite } from "../../src/store/sqlite.ts";
import { migrations } from "../../src/tables.ts";
import type { Client } from "../lifecycle/client.ts";
import type { DaemonProcess, Home } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { faultsOf } from "../lifecycle/history.ts";
import { agentsOf, runsOf } from "../lifecycle/processes.ts";
import { look } from "../lifecycle/tasks.ts";
import { brokenLaws } from "../stores/laws.ts";

export interface Sound {
  /** Ids or keys of tasks whose submit was answered. */
  readonly acknowledged?: Iterable<string>;
  /** Sentences that status may still tell. Default: none. */
  readonly problems?: RegExp;
}

/** Asks the daemon first, then stops it and reads what it left. Agents may still live: they must be of live runs. */
export async function expectSound(home: Home, daemon: DaemonProcess, { acknowledged = [], problems }: Sound = {}) {
  // A connection of its own: the test's may have been dropped for others.
  const client = daemon.client();
  for (const task of acknowledged) expect(await look(client, task)).toMatchObject({ taskId: expect.any(String) });
  await expectTrueStatus(home, client, problems);
  expect(existsSync(join(home.ledger, "clash"))).toBe(false);
  const starts = readLines(join(home.ledger, "starts"));
  expect(new Set(starts).size).toBe(starts.length);
  await daemon.kill("SIGTERM");
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  expect(faultsOf(home.paths.database)).toEqual([]);
  expect(await lawsBrokenIn(home)).toEqual([]);
}

/** What status says is what is there: its counts, its live runs, and no process of ours without one. */
async function expectTrueStatus(home: Home, daemon: Client, problems: RegExp | undefined): Promise<void> {
  // Between two looks a run may end: what must agree is what is seen when nothing moves.
  await eventually("status, rows and processes agree", async () => {
    const { runs, tasks } = await daemon.call<{ runs: { live: number }; tasks: object }>("daemon.status");
    const rows = await liveRuns(daemon);
    const stray = runsOf(agentsOf(home.path)).filter((run) => !rows.has(run));
    const stats = await daemon.call("task.stats");
    return runs.live === rows.size && stray.length === 0 && JSON.stringify(stats) === JSON.stringify(tasks);
  });
  const told = await eventually("status tells no trouble that has passed", async () => {
    const { problems: found } = await daemon.call<{ problems: string[] }>("daemon.status");
    return found.every((problem) => problems?.test(problem)) && found;
  });
  expect(told.filter((problem) => !problems?.test(problem))).toEqual([]);
}

async function liveRuns(daemon: Client): Promise<Set<string>> {
  const pages = await Promise.all(
    ["starting", "running"].map((state) =>
      daemon.call<{ runs: { runId: string }[] }>("run.list", { state, limit: 500 }),
    ),
  );
  return new Set(pages.flatMap(({ runs }) => runs.map(({ runId }) => runId)));
}

async function lawsBrokenIn(home: Home): Promise<string[]> {
  const store = await openSqlite({ path: home.paths.database, migrations });
  try {
    return await brokenLaws(store, { maxRuns: 1000, wipLimits: { default: 1000 }, now: Date.now() });
  } finally {
    await store.close();
  }
}

function readLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}
