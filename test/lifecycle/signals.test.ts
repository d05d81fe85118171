/** What signals do to the daemon: stop, stop at once, read the settings again. */
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { eventually, neverWithin, within } from "./eventually.ts";
import { agentsOf } from "./processes.ts";
import { done, inState, look, says, settled, submit } from "./tasks.ts";

/** Stopping is promised within this, whatever clients and agents do, in ms. */
const STOP_MS = 10_000;

const problemsOf = async (daemon: DaemonProcess) =>
  (await daemon.call<{ problems: string[] }>("daemon.status")).problems;

/** A client that asks much and reads nothing. */
async function deafClient(home: Home): Promise<void> {
  const socket = connect(home.paths.socket).on("error", () => {});
  socket.pause();
  const line = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "daemon.status" })}\n`;
  await new Promise((resolve) => socket.write(line.repeat(3_000), resolve));
}

test("SIGTERM stops it in good order: exit 0, and nothing of it lies about", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await done(daemon, "echo hello");
  await daemon.kill("SIGTERM");
  expect(await daemon.ended).toEqual({ code: 0, signal: null });
  for (const trace of [home.paths.socket, home.paths.pid, home.paths.daemon]) expect(existsSync(trace)).toBe(false);
});

test("SIGTERM stops it in time with clients that wait, never close, never finish a line and never read", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const taskId = await submit(daemon, "echo ready; exec sleep 600");
  await says(daemon, taskId, "ready");
  const waiting = daemon
    .client()
    .call("task.wait", { taskId, waitMs: 60_000 })
    .catch(() => {});
  const half = connect(home.paths.socket, () => half.write('{"jsonrpc":"2.0","id":1,')).on("error", () => {});
  connect({ path: home.paths.socket, allowHalfOpen: true }).on("error", () => {});
  await deafClient(home);
  await eventually("all are connected", async () => {
    const { clients } = await daemon.call<{ clients: number }>("daemon.status");
    return clients >= 5;
  });
  await daemon.kill("SIGTERM");
  expect(await within(STOP_MS, "stopping", daemon.ended)).toEqual({ code: 0, signal: null });
  await waiting;
  half.destroy();
  expect(agentsOf(home.path).length).toBeGreaterThan(0);
});

test("a second SIGINT ends it at once", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--foreground"] });
  await deafClient(home);
  await daemon.call("ping");
  // Somebody who presses Ctrl-C again and again: the second one comes while it stops, however fast that goes.
  const pressed = setInterval(() => daemon.kill("SIGINT"), 2);
  onTestFinished(() => clearInterval(pressed));
  expect(await within(500, "ending at once", daemon.ended)).toEqual({ code: 130, signal: null });
  await home.start();
});

test("in the foreground the log is on standard error, and in the file too", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--foreground"] });
  await done(daemon, "echo hello");
  for (const said of ["daemon ready", "run started", "run ended"]) expect(daemon.complaints()).toContain(said);
});

test("killed by SIGTERM while it starts, it leaves nothing that keeps the next one from starting", async () => {
  await using home = aHome(shellAgent());
  for (const seconds of ["0.1", "0.2", "0.3"]) {
    const daemon = await home.launch({ prefix: ["timeout", "--signal=TERM", seconds] });
    await daemon.ended;
  }
  expect(await done(await home.start(), "echo hello")).toMatchObject({ state: "completed" });
});

test("SIGHUP applies a good file: new agents, new limits; what runs goes on as it began", async () => {
  await using home = aHome(shellAgent({ role: { wipLimit: 1 } }));
  const daemon = await home.start();
  const first = await submit(daemon, "echo ready; exec sleep 600");
  await says(daemon, first, "ready");
  const second = await submit(daemon, "echo second");
  const third = await submit(daemon, "third", { agent: "new" });
  expect((await look(daemon, second)).state).toBe("queued");
  home.settings(shellAgent({ role: { wipLimit: 5 }, agents: { new: { runtime: "command", command: ["cat"] } } }));
  await daemon.kill("SIGHUP");
  expect(await settled(daemon, second)).toMatchObject({ state: "completed" });
  expect(await settled(daemon, third)).toMatchObject({ state: "completed", result: { value: "third" } });
  expect(await look(daemon, first)).toMatchObject({ state: "running", runs: [{ state: "running" }] });
});

test("SIGHUP with a broken file changes nothing, and status says what is wrong where, until it is mended", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  home.settings('{\n  "host": { "maxRuns": 2 },\n  "agents": { "shell": { "runtime": "comand" } }\n}');
  await daemon.kill("SIGHUP");
  const problem = await eventually("the problem is told", async () => (await problemsOf(daemon))[0]);
  expect(problem).toMatch(/steward\.json:3:\d+/);
  expect(await done(daemon, "echo still works")).toMatchObject({ state: "completed" });
  expect(await daemon.call("daemon.status")).toMatchObject({ runs: { max: 8 } });
  home.settings(shellAgent({ host: { maxRuns: 3 } }));
  await daemon.kill("SIGHUP");
  await eventually("the problem is gone", async () => (await problemsOf(daemon)).length === 0);
  expect(await daemon.call("daemon.status")).toMatchObject({ runs: { max: 3 } });
});

test("a hundred SIGHUPs, good and broken files in turn, leave a daemon that runs tasks", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  for (let turn = 0; turn < 100; turn += 1) {
    home.settings(turn % 2 === 0 ? '{ "broken": ' : shellAgent({ host: { maxRuns: 1 + (turn % 7) } }));
    await daemon.kill("SIGHUP");
  }
  expect(await done(daemon, "echo hello")).toMatchObject({ state: "completed" });
});

test("an agent that was taken out of the settings while it runs ends as it would have; what waits for it says so", async () => {
  await using home = aHome(shellAgent({ agents: { gone: { runtime: "command", command: ["sh", "-c", "{prompt}"] } } }));
  const daemon = await home.start();
  const taskId = await submit(daemon, `echo ready; until [ -e ${home.ledger}/go ]; do sleep 0.02; done`, {
    agent: "gone",
  });
  await says(daemon, taskId, "ready");
  home.settings(shellAgent());
  await daemon.kill("SIGHUP");
  await eventually("the agent is gone", async () => {
    const { agents } = await daemon.call<{ agents: { agent: string }[] }>("agent.list");
    return agents.every(({ agent }) => agent !== "gone");
  });
  const waiting = await submit(daemon, "echo", { agent: "gone" });
  expect(await daemon.call("task.explain", { taskId: waiting })).toMatchObject({
    reasons: [{ code: "unknown_agent" }],
  });
  await done(daemon, `touch ${home.ledger}/go`);
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
});

test("without settings a task waits and says why; with them it runs", async () => {
  await using home = aHome();
  const daemon = await home.start();
  expect(await daemon.call("daemon.status")).toMatchObject({ settings: "defaults" });
  const submitted = await daemon.call<{ taskId: string }>("task.submit", { prompt: `touch ${home.ledger}/ran` });
  expect(JSON.stringify(submitted)).toContain("steward.json");
  const { taskId } = submitted;
  expect(await daemon.call("task.explain", { taskId })).toMatchObject({ reasons: [{ code: "no_agent" }] });
  await neverWithin(300, "it runs", () => existsSync(`${home.ledger}/ran`));
  home.settings(shellAgent());
  await daemon.kill("SIGHUP");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  expect(existsSync(`${home.ledger}/ran`)).toBe(true);
});

test("in standby nothing is claimed, one run can be asked for, and activating it lets the rest go", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  const [first, second] = [await submit(daemon, "echo one"), await submit(daemon, "echo two")];
  await neverWithin(300, "it runs", async () => (await look(daemon, first)).state !== "queued");
  expect(await daemon.call("task.explain", { taskId: first })).toMatchObject({ reasons: [{ code: "standby" }] });
  expect(await daemon.call("run.start", { role: "default" })).toMatchObject({ taskId: first });
  expect(await settled(daemon, first)).toMatchObject({ state: "completed" });
  expect(await inState(daemon, second, "queued")).toMatchObject({ runs: [] });
  expect(await daemon.call("daemon.activate")).toEqual({ activated: true });
  expect(await settled(daemon, second)).toMatchObject({ state: "completed" });
});
