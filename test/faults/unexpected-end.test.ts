/** A daemon that ends unasked: what it leaves tells the next one, and too many such ends make it wait for a person. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { agentsOf, isDead } from "../lifecycle/processes.ts";
import { look, says, settled, submit } from "../lifecycle/tasks.ts";

const CRASHING = join(import.meta.dirname, "../fixtures/programs/crashing-daemon.ts");

interface Status {
  readonly state: string;
  readonly lastEnd: { readonly at: string; readonly reason: string } | null;
  readonly problems: readonly string[];
  readonly memoryMb: number;
  readonly memoryLimitMb: number;
}

const statusOf = (daemon: DaemonProcess) => daemon.call<Status>("daemon.status");
const crashesIn = (home: Home) => readdirSync(home.paths.logs).filter((name) => name.startsWith("crash-"));

test("an error that nobody expected ends it with exit 70, and log, report and the next daemon say what it was", async () => {
  await using home = aHome(shellAgent({ agent: { env: { PASSWORD: { env: "PASSWORD" } } } }));
  const daemon = await home.start({ program: CRASHING, args: ["--how", "throw"], env: { PASSWORD: "swordfish" } });
  await submit(daemon, "echo on").catch(() => {});
  expect(await daemon.ended).toEqual({ code: 70, signal: null });
  expect(readFileSync(home.paths.log, "utf8")).toContain("nobody expected this");
  const [report = ""] = crashesIn(home);
  const text = readFileSync(join(home.paths.logs, report), "utf8");
  expect(text).toMatch(/^reason: nobody expected this, .*\nat: .*\npid: \d+\nversion: .*\nuptimeSeconds: \d+\n/);
  expect(text).toContain("crashing-daemon.ts");
  expect(text).not.toContain("swordfish");
  const next = await home.start();
  const { lastEnd, state } = await statusOf(next);
  expect(lastEnd?.reason).toMatch(/^nobody expected this/);
  expect(state).toBe("active");
  const { events } = await next.call<{ events: { data: object }[] }>("event.list", { topic: "daemon.*" });
  expect(events).toMatchObject([{ topic: "daemon.ended_unexpectedly", data: { reason: lastEnd?.reason } }]);
});

test("a promise that nobody looked after ends it just so", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ program: CRASHING, args: ["--how", "reject"] });
  await submit(daemon, "echo on").catch(() => {});
  expect(await daemon.ended).toEqual({ code: 70, signal: null });
  expect((await statusOf(await home.start())).lastEnd?.reason).toMatch(/^nobody expected this/);
});

test("a heap that is full is told by the next daemon", async () => {
  await using home = aHome(shellAgent());
  const prefix = ["env", "NODE_OPTIONS=--max-old-space-size=48"];
  const daemon = await home.start({ program: CRASHING, args: ["--how", "memory"], prefix });
  await submit(daemon, "echo on").catch(() => {});
  expect(await daemon.ended).toMatchObject({ signal: "SIGABRT" });
  expect((await statusOf(await home.start())).lastEnd?.reason).toMatch(/its memory was full .*heap/i);
});

test("kill -9 leaves no word, and the next daemon says that it was killed; a good end leaves nothing to tell", async () => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  await first.kill("SIGKILL");
  const second = await home.start();
  expect((await statusOf(second)).lastEnd?.reason).toContain("killed");
  await second.kill("SIGTERM");
  await second.ended;
  expect((await statusOf(await home.start())).lastEnd).toBeNull();
});

test("too many unexpected ends in a short time: it adopts its runs, claims nothing, and says how to go on", async () => {
  await using home = aHome(shellAgent({ limits: { crashLoopEnds: 2 } }));
  const first = await home.start();
  const living = await submit(first, "echo up; exec sleep 600");
  await says(first, living, "up");
  await first.kill("SIGKILL");
  const second = await home.start();
  expect(await statusOf(second)).toMatchObject({ state: "active" });
  await second.kill("SIGKILL");
  const third = await home.start();
  const { state, problems } = await statusOf(third);
  expect(state).toBe("standby");
  expect(problems).toEqual([expect.stringMatching(/2 daemons or more .*killed.* `steward daemon activate`/)]);
  expect(await look(third, living)).toMatchObject({ state: "running" });
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
  // A role that is on works in a standby that somebody wanted, not in this one.
  await third.call("role.resume");
  const waiting = await submit(third, "echo on");
  await neverWithin(300, "it runs", async () => (await look(third, waiting)).state !== "queued");
  await third.call("daemon.activate");
  expect(await settled(third, waiting)).toMatchObject({ state: "completed" });
  expect((await statusOf(third)).problems).toEqual([]);
  await third.kill("SIGKILL");
  expect(await statusOf(await home.start())).toMatchObject({ state: "active" });
});

test("a start that ends in the standby of a crash loop says so and why; a restart is let go on, until the next such end", async () => {
  await using home = aHome(shellAgent({ limits: { crashLoopEnds: 2 } }));
  const killed = async () => {
    const { pid } = JSON.parse((await steward(home, "start", "--json")).out) as { pid: number };
    process.kill(pid, "SIGKILL");
    await eventually("it is gone", () => isDead(pid));
  };
  await killed();
  await killed();
  const why = expect.stringMatching(/2 daemons or more .*killed.* `steward daemon activate`/);
  const told = await steward(home, "start", "--json");
  expect(JSON.parse(told.out)).toMatchObject({ started: true, state: "standby", problems: [why] });
  expect((await steward(home, "stop")).code).toBe(0);

  await killed();
  const words = await steward(home, "start");
  expect(words).toMatchObject({ code: 0, out: expect.stringMatching(/^Steward is in standby and claims nothing/) });
  expect(words.err).toEqual(why);

  const again = await steward(home, "daemon", "restart", "--yes", "--json");
  expect(JSON.parse(again.out)).toMatchObject({ wasActive: false, standby: false });
  const stateNow = async () => JSON.parse((await steward(home, "status", "--json")).out || "{}").state as string;
  await eventually("it goes on", async () => (await stateNow()) === "active");
  process.kill(JSON.parse(again.out).pid, "SIGKILL");
  await eventually("it is gone", () => isDead(JSON.parse(again.out).pid));
  expect(JSON.parse((await steward(home, "start", "--json")).out)).toMatchObject({ state: "standby" });
});

test("crash reports do not pile up", async () => {
  await using home = aHome(shellAgent());
  mkdirSync(home.paths.logs, { recursive: true });
  for (let day = 10; day < 25; day += 1) {
    writeFileSync(join(home.paths.logs, `crash-2020-01-${day}T00-00-00.000Z-7.txt`), "reason: old\n");
  }
  const daemon = await home.start({ program: CRASHING, args: ["--how", "throw"] });
  await submit(daemon, "echo on").catch(() => {});
  await daemon.ended;
  expect(crashesIn(home)).toHaveLength(10);
  expect(crashesIn(home)).toContain("crash-2020-01-24T00-00-00.000Z-7.txt");
});

test("memory that nears its limit is a problem", async () => {
  await using home = aHome(shellAgent({ limits: { memoryMb: 64 } }));
  const daemon = await home.start();
  const { memoryMb, memoryLimitMb, problems } = await statusOf(daemon);
  expect(memoryLimitMb).toBe(64);
  expect(problems).toEqual([`The daemon takes ${memoryMb} MB of memory; its limit is 64 MB (limits.memoryMb).`]);
});
