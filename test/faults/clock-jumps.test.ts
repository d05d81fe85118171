/**
 * The wall clock of a real daemon is set three hours forwards and back while it works: only what waits for a moment of
 * that clock notices. Needs libfaketime (https://github.com/wolfcw/libfaketime; Debian: faketime).
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { inState, lastRun, look, says, settled, submit } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const HOUR_MS = 3_600_000;
const LIBRARY = faketime();
const settings = shellAgent({
  limits: { backoffFirstSeconds: 3, backoffMaxSeconds: 3 },
  role: { attempts: 2 },
  agents: { quiet: { runtime: "command", command: ["sh", "-c", "{prompt}"], idleTimeoutSeconds: 3 } },
});

/** Where Debian and others put it; undefined where it is not installed. */
function faketime(): string | undefined {
  const places = readdirSync("/usr/lib", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join("/usr/lib", name))
    .concat("/usr/lib", "/usr/lib64", "/usr/local/lib");
  return places.map((place) => join(place, "faketime/libfaketimeMT.so.1")).find((file) => existsSync(file));
}

/** A daemon whose wall clock the test sets; monotonic time goes on as it does. */
async function startWithClock(home: Home): Promise<{ daemon: DaemonProcess; setBy(text: "+0" | "+3h" | "-3h"): void }> {
  const file = join(home.ledger, "clock");
  const setBy = (text: string) => writeFileSync(file, `${text}\n`);
  setBy("+0");
  const daemon = await home.start({
    env: {
      LD_PRELOAD: LIBRARY ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  });
  return { daemon, setBy };
}

async function jumps(daemon: DaemonProcess): Promise<number[]> {
  const { events } = await daemon.call<{ events: { data: { byMs: number } }[] }>("event.list", {
    topic: "host.clock_jumped",
  });
  return events.map(({ data }) => Math.round(data.byMs / HOUR_MS));
}

const told = (daemon: DaemonProcess, count: number) =>
  eventually("the jump is told", async () => (await jumps(daemon)).length === count);

/** The wall clock of the daemon, epoch ms. */
const now = async (daemon: DaemonProcess) => (await daemon.call<{ timestamp: number }>("ping")).timestamp;

test.skipIf(!LIBRARY)(
  "three hours forwards: limits in time, waits and long polls take as long as ever; what was to start by then starts, once (needs libfaketime)",
  async () => {
    await using home = aHome(settings);
    const { daemon, setBy } = await startWithClock(home);
    const marks = join(home.ledger, "marks");
    const later = new Date(Date.now() + HOUR_MS).toISOString();
    const runs = await submit(daemon, "echo ready; exec sleep 60", { timeoutSeconds: 5, attempts: 1 });
    const silent = await submit(daemon, "echo ready; exec sleep 60", { agent: "quiet", attempts: 1 });
    const due = await submit(daemon, `echo due >>${marks}`, { notBefore: later });
    await says(daemon, runs, "ready");
    await says(daemon, silent, "ready");
    const asked = performance.now();
    const poll = daemon.client().call("task.wait", { taskId: due, waitMs: 60_000 });
    setBy("+3h");
    expect(await now(daemon)).toBeGreaterThan(Date.now() + 2 * HOUR_MS);
    await told(daemon, 1);
    expect(await poll).toMatchObject({ state: "completed" });
    expect(lastRun(await settled(daemon, silent))).toMatchObject({ reason: "idle_timeout" });
    expect(performance.now() - asked).toBeGreaterThan(2_000);
    expect((await look(daemon, runs)).state).toBe("running");
    setBy("+0");
    await told(daemon, 2);
    expect(await jumps(daemon)).toEqual([3, -3]);
    expect((await look(daemon, runs)).runs[0]).toMatchObject({ outcome: null });
    expect(await settled(daemon, runs)).toMatchObject({ runs: [{ reason: "wall_timeout" }] });
    expect(readFileSync(marks, "utf8")).toBe("due\n");
    await expectSound(home, daemon, { acknowledged: [runs, silent, due] });
  },
);

test.skipIf(!LIBRARY)(
  "three hours back: nothing starts a second time, a retry waits no longer than it was to, and no age is negative (needs libfaketime)",
  async () => {
    await using home = aHome(settings);
    const { daemon, setBy } = await startWithClock(home);
    const marks = join(home.ledger, "marks");
    const soon = await now(daemon);
    const fired = await submit(daemon, `echo fired >>${marks}`, { notBefore: new Date(soon + 500).toISOString() });
    expect(await settled(daemon, fired)).toMatchObject({ state: "completed" });
    const retried = await submit(daemon, `echo tried >>${marks}; [ $(grep -c tried ${marks}) -gt 1 ]`);
    await inState(daemon, retried, "scheduled");
    const waits = await submit(daemon, "echo late", { notBefore: new Date(soon + 60_000).toISOString() });
    setBy("-3h");
    const set = performance.now();
    await told(daemon, 1);
    expect(await settled(daemon, retried)).toMatchObject({ state: "completed", attempts: { spent: 1 } });
    // Three seconds give or take a fifth, seen from when the clock was set, and what starting takes on a loaded machine.
    expect(performance.now() - set).toBeLessThan(15_000);
    await neverWithin(300, "it starts", async () => (await look(daemon, waits)).state !== "scheduled");
    expect(readFileSync(marks, "utf8")).toBe("fired\ntried\ntried\n");
    expect(await daemon.call("daemon.status")).toMatchObject({ uptimeSeconds: expect.toSatisfy((s) => s >= 0) });
    setBy("+0");
    await told(daemon, 2);
    await daemon.call("task.cancel", { taskId: waits });
    await expectSound(home, daemon, { acknowledged: [fired, retried, waits] });
  },
);
