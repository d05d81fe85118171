/** An event loop that stands still: it is noticed while it does, told where, and ended when it never moves again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { agentsOf, threadsOf } from "../lifecycle/processes.ts";
import { done, says, settled, submit } from "../lifecycle/tasks.ts";

const BLOCKING = join(import.meta.dirname, "../fixtures/programs/blocking-daemon.ts");

interface Event {
  readonly topic: string;
  readonly data: { readonly seconds: number; readonly where: readonly string[] };
}

const blocksOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ events: Event[] }>("event.list", { topic: "daemon.was_blocked" })).events;
const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status")).problems;
const logOf = (home: Home) => readFileSync(home.paths.log, "utf8");
/** A daemon with nothing to do is not watched. */
async function untilWatched(daemon: DaemonProcess): Promise<void> {
  await daemon.call("event.list");
  await eventually("it is watched", () => threadsOf(daemon.pid).includes("loop-watch"));
}
const quick = (limits: object = {}) => shellAgent({ limits: { loopBlockedSeconds: 1, ...limits } });

test("a loop that stands still is told of while it does, with the call that it is in", async () => {
  await using home = aHome(quick());
  const daemon = await home.start({ program: BLOCKING, args: ["--blocks-ms", "4000"] });
  await untilWatched(daemon);
  const taskId = await submit(daemon, "echo on");
  await eventually("the log says where", () => /stands still.*turnsForEver/.test(logOf(home)));
  expect(logOf(home)).not.toContain("moves again");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  const [block] = await eventually("it is an event", async () => {
    const blocks = await blocksOf(daemon);
    return blocks.length > 0 && blocks;
  });
  expect(block?.data.seconds).toBeGreaterThan(3);
  expect(block?.data.seconds).toBeLessThan(8);
  expect(block?.data.where).toContainEqual(expect.stringMatching(/^turnsForEver .*blocking-daemon\.ts:\d+:\d+$/));
  expect(await problemsOf(daemon)).toEqual([expect.stringMatching(/The event loop stood still for .* turnsForEver/)]);
});

test("a call into the kernel that blocks the loop is told of too, though nobody can see its stack", async () => {
  await using home = aHome(quick());
  const daemon = await home.start({ program: BLOCKING, args: ["--blocks-ms", "5000", "--how", "native"] });
  await untilWatched(daemon);
  expect(await done(daemon, "echo on")).toMatchObject({ state: "completed" });
  await eventually("the problem is told", async () => (await problemsOf(daemon))[0]?.includes("native call"));
});

test("a daemon that never moves again is ended; its agents run on, and the next one says why", async () => {
  await using home = aHome(quick({ loopStuckSeconds: 4 }));
  const first = await home.start();
  const living = await submit(first, "echo up; exec sleep 600");
  await says(first, living, "up");
  await first.kill("SIGTERM");
  await first.ended;
  const stuck = await home.start({ program: BLOCKING, args: ["--blocks-ms", "600000"] });
  await untilWatched(stuck);
  await submit(stuck, "echo on").catch(() => {});
  expect(await stuck.ended).toMatchObject({ signal: "SIGKILL" });
  expect(stuck.complaints()).toContain("turnsForEver");
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
  const next = await home.start();
  expect(await next.call("daemon.status")).toMatchObject({
    lastEnd: { reason: expect.stringMatching(/the event loop stood still for \d/) },
  });
});

test("a process that was stopped as a whole was not blocked", async () => {
  await using home = aHome(quick());
  const daemon = await home.start();
  await done(daemon, "echo on");
  await daemon.kill("SIGSTOP");
  await neverWithin(3_500, "it ends", () => daemon.process.exitCode !== null);
  await daemon.kill("SIGCONT");
  expect(await done(daemon, "echo on")).toMatchObject({ state: "completed" });
  // Two looks of the watching thread after it goes on, it has made up its mind.
  await neverWithin(1_500, "it is called a block", async () => (await problemsOf(daemon)).length > 0);
  expect(await blocksOf(daemon)).toEqual([]);
});

test("a daemon with nothing to do has no thread that watches it, and one with work has", async () => {
  await using home = aHome(quick());
  const daemon = await home.start();
  await daemon.call("daemon.status");
  expect(threadsOf(daemon.pid)).not.toContain("loop-watch");
  await untilWatched(daemon);
});
