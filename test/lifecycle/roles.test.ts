/** Roles as background workers: switched on and off at a real daemon, waited for, and read in their logs. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, type Home, shellAgent } from "./daemon.ts";
import { eventually, neverWithin } from "./eventually.ts";
import { STEWARD, STEWARD_ENV } from "./programs.ts";
import { done, inState, look, settled, submit } from "./tasks.ts";

const ROLES = {
  builder: { agent: "shell", wipLimit: 8, attempts: 1 },
  tester: { agent: "shell", wipLimit: 8, attempts: 1 },
};
/** Long enough for a task that may start to have started, in ms. */
const A_WHILE_MS = 700;

const aHouse = () => aHome(shellAgent({ roles: ROLES }));
const untilFile = (home: Home, name: string) => `until [ -e ${join(home.ledger, name)} ]; do sleep 0.02; done`;
const touch = (home: Home, name: string) => writeFileSync(join(home.ledger, name), "");

test("in standby a role that is started works, the others wait, and a restart of the daemon keeps that", async () => {
  await using home = aHouse();
  const first = await home.start({ args: ["--standby"] });
  expect(await steward(home, "role", "status")).toMatchObject({ code: 3, out: expect.stringMatching(/On: 0 of 3\n$/) });
  const test1 = await submit(first, "true", { role: "tester" });
  const built = await submit(first, "true", { role: "builder" });
  expect(await steward(home, "role", "start", "builder")).toMatchObject({ code: 0 });
  expect(await settled(first, built)).toMatchObject({ state: "completed" });
  await neverWithin(A_WHILE_MS, "the tester works", async () => (await look(first, test1)).state !== "queued");
  first.kill("SIGTERM");
  await first.ended;
  const second = await home.start({ args: ["--standby"] });
  expect(await done(second, "true", { role: "builder" })).toMatchObject({ state: "completed" });
  expect(await look(second, test1)).toMatchObject({ state: "queued" });
  expect(await steward(home, "role", "status")).toMatchObject({ code: 1, out: expect.stringMatching(/On: 1 of 3\n$/) });
  expect(await steward(home, "role", "status", "builder")).toMatchObject({ code: 0 });
});

test("a role that is stopped begins nothing after a restart, says so everywhere, and goes on when it is started", async () => {
  await using home = aHouse();
  const first = await home.start();
  const words = ["--reason", "the disk is being changed"];
  expect(await steward(home, "role", "stop", "builder", ...words)).toMatchObject({ code: 0 });
  first.kill("SIGKILL");
  await first.ended;
  const second = await home.start();
  const task = await submit(second, "true", { role: "builder" });
  expect(await done(second, "true", { role: "tester" })).toMatchObject({ state: "completed" });
  const paused = /paused by person:\S+.*the disk is being changed/;
  for (const argv of [["task", "explain", task], ["status"], ["role", "list"]]) {
    expect((await steward(home, ...argv)).out).toMatch(paused);
  }
  expect((await steward(home, "ps")).out).toMatch(/paused: builder \(person:\S+: the disk is being changed\)/);
  expect(await steward(home, "work", "--role", "builder", "--once")).toMatchObject({
    code: 5,
    err: expect.stringMatching(paused),
  });
  expect(await look(second, task)).toMatchObject({ state: "queued" });
  expect(await steward(home, "role", "start", "builder")).toMatchObject({ code: 0 });
  expect(await settled(second, task)).toMatchObject({ state: "completed" });
});

test("`stop --wait` returns when the last run has ended, or says after its time what goes on", async () => {
  await using home = aHouse();
  const daemon = await home.start();
  const long = await submit(daemon, untilFile(home, "go"), { role: "builder" });
  await inState(daemon, long, "running");
  expect(await steward(home, "role", "stop", "builder", "--wait", "--timeout", "1s")).toMatchObject({
    code: 1,
    err: expect.stringContaining("1 task still at work after 1 s, left to go on."),
  });
  const waiting = steward(home, "role", "stop", "--wait");
  await eventually("all are paused", async () => {
    const { roles } = await daemon.call<{ roles: { state: string }[] }>("role.list");
    return roles.every(({ state }) => state === "paused");
  });
  const next = await submit(daemon, "true", { role: "builder" });
  touch(home, "go");
  expect(await waiting).toMatchObject({ code: 0, err: expect.stringContaining("waiting for 1 task at work") });
  expect(await look(daemon, long)).toMatchObject({ state: "completed" });
  expect(await look(daemon, next)).toMatchObject({ state: "queued" });
  expect(await steward(home, "role", "restart")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/On: 3 of 3\n$/),
  });
  expect(await settled(daemon, next)).toMatchObject({ state: "completed" });
});

test("the logs of a role follow two runs line by line, tell how each ended, and end well on Ctrl-C", async () => {
  await using home = aHouse();
  const daemon = await home.start();
  await done(daemon, "echo long ago; exit 3", { role: "builder" });
  await done(daemon, "echo not mine", { role: "tester" });
  const logs = follow(home, "role", "logs", "builder", "-f", "-n", "9");
  await logs.until("run-1 | (task-1: failed, exit 3)\n");
  const slow = `echo one of two; ${untilFile(home, "go")}; echo two of two >&2`;
  await submit(daemon, slow, { role: "builder" });
  await logs.until("run-3 | one of two\n");
  await done(daemon, "echo not mine either", { role: "tester" });
  await submit(daemon, "echo in between", { role: "builder" });
  await logs.until("run-5 | (task-5: completed)\n");
  touch(home, "go");
  await logs.until("run-3 | (task-3: completed)\n");
  logs.process.kill("SIGINT");
  expect(await logs.ended).toBe(0);
  expect(logs.said()).toMatch(/^run-1 \| long ago\n/);
  expect(logs.said()).toContain("run-3 | two of two\n");
  expect(logs.said()).toContain("run-5 | in between\n");
  expect(logs.said()).not.toContain("not mine");
  const { out } = await steward(home, "role", "logs", "-n", "3");
  expect(out.split("\n")).toHaveLength(4);
  expect(await steward(home, "role", "logs", "bilder")).toMatchObject({ code: 4, out: "" });
});

test("of a long output only the last lines are told, and none of them in two", async () => {
  await using home = aHouse();
  const daemon = await home.start();
  await done(daemon, "seq 1 200000; echo done", { role: "builder" });
  const { out } = await steward(home, "role", "logs", "builder", "-n", "4");
  expect(out).toBe("run-1 | 199999\nrun-1 | 200000\nrun-1 | done\nrun-1 | (task-1: completed)\n");
});

test("`work --once` waits for the gates of its stage, exits by them, and its run tells who had it", async () => {
  await using home = aHome(
    shellAgent({
      // With gates an agent is told more than its prompt.
      agents: { quiet: { runtime: "command", command: ["true"] } },
      roles: {
        good: { agent: "quiet", gates: ["sleep 0.2"], next: { completed: "nobody" } },
        bad: { agent: "quiet", attempts: 1, gates: ["exit 4"] },
        nobody: {},
      },
    }),
  );
  const daemon = await home.start({ args: ["--standby"] });
  const good = await submit(daemon, "true", { role: "good" });
  await submit(daemon, "true", { role: "bad" });
  const owner = ["--owner", "night shift"];
  expect(await steward(home, "work", "--role", "good", "--once", ...owner)).toMatchObject({
    code: 0,
    out: expect.stringContaining("gate sleep-0.2 completed"),
  });
  expect(await look(daemon, good)).toMatchObject({ stage: 2, role: "nobody" });
  expect((await look(daemon, good)).runs.map(({ claimedBy }) => claimedBy)).toEqual([null, "night shift"]);
  expect(await steward(home, "work", "--role", "bad", "--once")).toMatchObject({
    code: 1,
    out: expect.stringMatching(/gate exit-4 failed \(.*exit 4/),
  });
  expect(await steward(home, "work", "--role", "good", "--once")).toMatchObject({ code: 9 });
});

test("`work` and `run start` of a project start nothing of another, and tell of a project that is not there", async () => {
  await using home = aHome();
  const directory = join(home.path, "web");
  mkdirSync(directory);
  home.settings({ ...shellAgent({ roles: ROLES }), projects: { web: { directory } } });
  const daemon = await home.start({ args: ["--standby"] });
  const first = await submit(daemon, "true", { role: "builder", priority: 9 });
  const ofWeb = await submit(daemon, "true", { role: "builder", project: "web" });
  const work = (...more: string[]) => steward(home, "work", "--role", "builder", "--once", ...more);
  expect(await work("--project", "web")).toMatchObject({
    code: 0,
    out: expect.stringMatching(`^${ofWeb}: run-1 started`),
  });
  expect(await work("--project", "web")).toMatchObject({ code: 9 });
  expect(await steward(home, "run", "start", "builder", "--project", "nowhere")).toMatchObject({
    code: 4,
    err: expect.stringContaining('There is no project "nowhere".'),
  });
  expect(await steward(home, "role", "pause", "builder", "--project", "web")).toMatchObject({ code: 0 });
  expect(await work("--project", "web")).toMatchObject({
    code: 5,
    err: expect.stringMatching(/in the project "web" is paused[\s\S]*steward role resume builder --project web/),
  });
  expect(await look(daemon, first)).toMatchObject({ state: "queued" });
  expect(await work("--project", "default")).toMatchObject({ code: 0 });
  expect(await look(daemon, first)).toMatchObject({ state: "completed" });
});

test("a worker that is told to stop says so, claims nothing more, and leaves its run to the daemon", async () => {
  await using home = aHouse();
  const daemon = await home.start({ args: ["--standby"] });
  const first = await submit(daemon, untilFile(home, "go"), { role: "builder" });
  const second = await submit(daemon, "true", { role: "builder" });
  const worker = follow(home, "work", "--role", "builder");
  await worker.until("run-1 started\n");
  worker.process.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(worker.complaints()).toBe("run-1 goes on without us.\nStopped: nothing more is claimed from here.\n");
  touch(home, "go");
  expect(await settled(daemon, first)).toMatchObject({
    state: "completed",
    runs: [{ claimedBy: expect.stringMatching(/.@./) }],
  });
  expect(await look(daemon, second)).toMatchObject({ state: "queued", runs: [] });
  expect(existsSync(home.paths.socket)).toBe(true);
});

/** A command that goes on: what it has said so far, and how it ends. */
function follow(home: Home, ...args: readonly string[]) {
  const child = spawn(STEWARD, ["--home", home.path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", ...STEWARD_ENV },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  return {
    process: child,
    said: () => said,
    complaints: () => complaints,
    until: (text: string) => eventually(`it says ${JSON.stringify(text)}`, () => said.includes(text)),
    ended: new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code))),
  };
}
