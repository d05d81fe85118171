/**
 * An agent that prints without end: the daemon's memory stays flat, the disk bounded, and every other run undisturbed.
 * With STEWARD_SOAK=1 it prints 1 GiB instead of 300 MB.
 */
import { lstatSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { agentsOf, processorMs, residentBytes } from "../lifecycle/processes.ts";
import { done, lastRun, settled, submit } from "../lifecycle/tasks.ts";

const MIB = 2 ** 20;
const FLOOD_BYTES = process.env.STEWARD_SOAK === "1" ? 1024 * MIB : 300_000_000;
const FLOODS = join(import.meta.dirname, "../fixtures/agents/floods");

test("a flood is kept head and tail, and costs neither memory nor disk", async () => {
  await using home = aHome(shellAgent({ limits: { runOutputKeptBytes: 16 * MIB } }));
  const daemon = await home.start();
  await done(daemon, `exec ${FLOODS} 1000000`);
  const before = residentBytes(daemon.pid);
  const busy = { since: performance.now(), cpuMs: processorMs(daemon.pid) };
  const go = join(home.ledger, "go");
  const half = `${FLOODS} ${FLOOD_BYTES / 2}`;
  const taskId = await submit(daemon, `${half}; until [ -e ${go} ]; do sleep 0.02; done; exec ${half}`);
  const peak = { memory: 0 };
  const flood = settled(daemon, taskId).finally(() => Object.assign(watching, { over: true }));
  const watching = { over: false };
  while (!watching.over) {
    peak.memory = Math.max(peak.memory, residentBytes(daemon.pid));
    // The second half comes only once the disk has the middle of the first one back: while the agent still runs.
    if (onDisk(home, "run-2") < 20 * MIB && written(home, "run-2") >= FLOOD_BYTES / 2) writeFileSync(go, "");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const task = await flood;
  // Of one core: the output goes from the agent to the file, and not through the daemon.
  expect(processorMs(daemon.pid) - busy.cpuMs).toBeLessThan((performance.now() - busy.since) * 0.8);
  expect(task).toMatchObject({ state: "completed", runs: [{ exitCode: 0 }] });
  expect(String(task.result?.value)).toMatch(/the lazy dog\n/);
  expect(peak.memory - before).toBeLessThan(100 * MIB);
  expect(onDisk(home, "run-2")).toBeLessThan(20 * MIB);

  const { runId } = lastRun(task);
  const head = await daemon.call("run.output", { runId, from: 0, limit: 100 });
  expect(String(head.text)).toContain("the quick brown fox");
  const middle = await daemon.call<{ from: number; skipped: number; text: string }>("run.output", {
    runId,
    from: 100 * MIB,
  });
  expect(middle.skipped).toBeGreaterThan(0);
  expect(middle.text).not.toContain("\0");
  expect(middle.from).toBeGreaterThan(FLOOD_BYTES - 16 * MIB);
});

test("one that prints more than a run may has failed, and is ended", async () => {
  await using home = aHome(shellAgent({ limits: { runOutputKeptBytes: MIB, runOutputMaxBytes: 20 * MIB } }));
  const daemon = await home.start();
  const task = await done(daemon, "exec yes");
  expect(task).toMatchObject({ state: "failed", runs: [{ outcome: "failed", reason: "output_limit" }] });
  expect(agentsOf(home.path)).toEqual([]);
});

test("a flood on standard error is bounded like one on standard output", async () => {
  await using home = aHome(shellAgent({ limits: { runOutputKeptBytes: 2 * MIB } }));
  const daemon = await home.start();
  expect(await done(daemon, `${FLOODS} 60000000 >&2; echo done`)).toMatchObject({ result: { value: "done\n" } });
  expect(onDisk(home, "run-1")).toBeLessThan(4 * MIB);
});

test("what flooded while no daemon lived is bounded by the next one", async () => {
  await using home = aHome(shellAgent({ limits: { runOutputKeptBytes: 2 * MIB } }));
  const first = await home.start();
  const go = join(home.ledger, "go");
  const taskId = await submit(first, `until [ -e ${go} ]; do sleep 0.02; done; ${FLOODS} 60000000; exec sleep 60`);
  await expect.poll(() => agentsOf(home.path).length).toBeGreaterThan(0);
  await first.kill("SIGKILL");
  writeFileSync(go, "");
  await expect.poll(() => onDisk(home, "run-1"), { timeout: 20_000 }).toBeGreaterThan(50_000_000);
  const next = await home.start();
  await expect.poll(() => onDisk(home, "run-1"), { timeout: 20_000 }).toBeLessThan(4 * MIB);
  await next.call("task.cancel", { taskId });
  await settled(next, taskId);
});

/** What a run has printed in all, in bytes. */
function written(home: Home, run: string): number {
  return lstatSync(join(home.paths.runs, run, "stdout.log"), { throwIfNoEntry: false })?.size ?? 0;
}

/** What a run's output takes of the disk, holes not counted, in bytes: stat(2), blocks of 512. */
function onDisk(home: Home, run: string): number {
  const blocks = ["stdout.log", "stderr.log"].map(
    (file) => lstatSync(join(home.paths.runs, run, file), { throwIfNoEntry: false })?.blocks ?? 0,
  );
  return blocks.reduce((sum, count) => sum + count * 512, 0);
}
