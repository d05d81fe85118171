import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { readExit } from "./exits.ts";
import { isAlive, signalIf } from "./identity.ts";
import { agent, aRoom, eventually, type Launched, type Room, workingCustodies } from "./launched-run.testing.ts";
import { endLeftovers, terminate } from "./terminate.ts";

const GRACE_MS = 300;
/** Long enough that a test which needs it would fail by its time limit. */
const NO_KILL_MS = 120_000;

const custodies = await workingCustodies();

describe.each(custodies)("under custody by $level", (custody) => {
  const end = (run: Launched, graceMs: number) => terminate({ ...run, custody, graceMs, clock: systemClock });

  test("an agent that ends when asked to is not killed, and its own status stands", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("exits-zero-on-term")]);
    await run.says("ready");
    expect(await end(run, NO_KILL_MS)).toBe("gone");
    expect(readExit(room.exitsDirectory, run.name)).toBe(0);
    expect(run.living()).toEqual([]);
  });

  test("an agent that knows nothing of signals ends by SIGTERM", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("stays")]);
    await run.says("ready");
    expect(await end(run, NO_KILL_MS)).toBe("gone");
    expect(readExit(room.exitsDirectory, run.name)).toBe(143);
  });

  test("an agent that has hardly started hears that it is to end", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("stays")]);
    expect(await end(run, NO_KILL_MS)).toBe("gone");
  });

  test("a stopped agent hears that it is to end", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("stays")]);
    await run.says("ready");
    for (const { pid } of custody.keeperOf(run.identity).members(run)) process.kill(pid, "SIGSTOP");
    expect(await end(run, NO_KILL_MS)).toBe("gone");
  });

  test("an agent that ignores SIGTERM is killed after the grace, with its children", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([agent("ignores-term")]);
    await run.says("ready");
    const begun = performance.now();
    expect(await end(run, GRACE_MS)).toBe("gone");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(GRACE_MS);
    expect(isAlive(run.identity)).toBe(false);
    expect(run.living()).toEqual([]);
  });

  test("what an agent left behind is ended with it", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([escapee(room), "stay"]);
    await run.says("ready");
    expect(run.living().length).toBeGreaterThanOrEqual(2);
    expect(await end(run, GRACE_MS)).toBe("gone");
    await eventually(() => run.living().length === 0);
  });

  test("what an agent left behind when it ended by itself is gone when its leftovers are ended", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([escapee(room)]);
    expect(await run.exit()).toBe(0);
    if (custody.level !== "namespace") expect(run.living().length).toBeGreaterThanOrEqual(1);
    expect(await endLeftovers({ ...run, custody, clock: systemClock })).toBe("gone");
    await eventually(() => run.living().length === 0);
  });

  test("when somebody kills the wrapper, nothing of its run lives once its leftovers are ended", async () => {
    await using room = aRoom(custody);
    const run = await room.launch([escapee(room), "stay"]);
    await run.says("ready");
    signalIf(run.identity, "SIGKILL");
    await eventually(() => !isAlive(run.identity));
    expect(await endLeftovers({ ...run, custody, clock: systemClock })).toBe("gone");
    await eventually(() => run.living().length === 0);
    expect(readExit(room.exitsDirectory, run.name)).toBeUndefined();
  });

  test("ending one run does not touch another", async () => {
    await using room = aRoom(custody);
    const [one, other] = [await room.launch([agent("stays")]), await room.launch([agent("stays")])];
    await one.says("ready");
    await other.says("ready");
    expect(await end(one, NO_KILL_MS)).toBe("gone");
    expect(isAlive(other.identity)).toBe(true);
    expect(other.living().length).toBeGreaterThanOrEqual(1);
  });
});

test.skipIf(!custodies.some(({ level }) => level === "namespace"))(
  "in a pid namespace nothing outlives the agent, and nobody has to end it",
  async () => {
    const custody = custodies.find(({ level }) => level === "namespace");
    if (!custody) throw new Error("skipped above: needs pid namespaces");
    await using room = aRoom(custody);
    const run = await room.launch([agent("double-forks-away")]);
    await run.exit();
    expect(run.living()).toEqual([]);
  },
);

test("by looking, a descendant is remembered that was seen before its parent ended", async () => {
  const custody = custodies.find(({ level }) => level === "scan");
  if (!custody) throw new Error("custody by looking works everywhere");
  await using room = aRoom(custody);
  const script = "env -i /bin/sh -c 'setsid sleep 3600 & echo ready; read -r _ <go'";
  const run = await room.launch(["/bin/sh", "-c", `mkfifo go; ${script}`], { PATH: "/usr/bin:/bin" });
  await run.says("ready");
  custody.observe([run]);
  execFileSync("/bin/sh", ["-c", `echo >'${run.directory}/go'`]);
  await run.exit();
  expect(run.living()).toHaveLength(1);
  expect(await endLeftovers({ ...run, custody, clock: systemClock })).toBe("gone");
  await eventually(() => run.living().length === 0);
});

/** As far away as this level claims to reach: by looking, the marker must be left on. */
function escapee(room: Room): string {
  return agent(room.custody.level === "scan" ? "double-forks-with-marker" : "double-forks-away");
}
